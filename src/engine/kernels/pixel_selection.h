// SPDX-License-Identifier: Apache-2.0
// Which pixels a loss counts, and how much: all of them, or the hard ones (OHEM).
//
// A pixel's loss is >= 0; an ignored pixel has -1. Losses above the threshold are hard; if they are fewer than the
// share of valid pixels that is kept at least, the largest losses are taken instead, and pixels tied with the smallest
// of them share what is left. A NaN among the losses makes the mean NaN. All sums are in a fixed order: the number of
// threads changes nothing.
#pragma once
#include <cstdint>
#include <span>

#include "graph/graph.h"

namespace seg::kernels {

// Counts and sum of some of the pixels, for the threshold of selection_threshold().
struct LossStatistics {
  std::int64_t valid = 0, hard = 0;
  double hard_sum = 0.0;
};

struct PixelSelection {
  float threshold = 0;
  float share_at = 0;  // of a pixel exactly at the threshold; those above it have 1, others 0
  double count = 0;    // the sum of all shares
  double sum = 0;      // of losses times shares

  float share(float loss) const { return !(loss <= threshold) ? 1.0F : loss == threshold ? share_at : 0.0F; }
};

// What a loss is compared with while the losses are made. Cross-entropy counts every valid pixel as hard.
float selection_threshold(const LossOptions& options);

PixelSelection select_pixels(const LossOptions& options, std::span<const float> losses, const LossStatistics& total);

// The kept-th largest of the losses that are not negative, how many are larger and how many equal, and the larger ones'
// sum. A radix select over the bits: linear, exact, no copy. kept: 1 … their number.
struct TopLosses {
  float smallest = 0;
  std::int64_t above = 0, equal = 0;
  double sum_above = 0.0;
};
TopLosses top_losses(std::span<const float> losses, std::int64_t kept);

}  // namespace seg::kernels
