// SPDX-License-Identifier: Apache-2.0
// Which pixels a loss counts, and how much: all of them, or the hard ones (OHEM).
//
// A pixel's loss is >= 0; an ignored pixel has -1. Losses above the threshold are hard; if they are fewer than the
// share of valid pixels that is kept at least, the largest losses are taken instead, and pixels tied with the smallest
// of them share what is left. Without any counted pixel the value is 0 and so are the weights. A NaN among the losses
// makes the value NaN. All sums are in a fixed order: the number of threads changes nothing.
#pragma once
#include <cstdint>
#include <span>

#include "graph/graph.h"

namespace seg::kernels {

// Counts and sum of one or many rows of pixels, for the threshold of selection_threshold().
struct RowStatistics {
  std::int64_t valid = 0, hard = 0;
  double hard_sum = 0.0;
};

template <class T>
struct PixelSelection {
  T threshold = 0;
  T weight_above = 0, weight_at = 0;  // d value / d loss of a pixel above the threshold, and exactly at it
  double value = 0.0;                 // the mean

  T weight(T loss) const { return !(loss <= threshold) ? weight_above : loss == threshold ? weight_at : T{0}; }
};

// What a loss is compared with while the losses are made. Cross-entropy counts every valid pixel as hard.
template <class T>
T selection_threshold(const LossOptions& options);

template <class T>
PixelSelection<T> select_pixels(const LossOptions& options, std::span<const T> losses, const RowStatistics& total);

// The kept-th largest of the losses that are not negative, how many are larger and how many equal, and the larger ones'
// sum. A radix select over the bits: linear, exact, no copy. kept: 1 … their number.
template <class T>
struct TopLosses {
  T smallest = 0;
  std::int64_t above = 0, equal = 0;
  double sum_above = 0.0;
};
template <class T>
TopLosses<T> top_losses(std::span<const T> losses, std::int64_t kept);

}  // namespace seg::kernels
