// SPDX-License-Identifier: Apache-2.0
// The arithmetic of losses that compare regions, for tiles that loss_forward() has filled (loss_tile.h), by this
// processor's best instructions. Instruction sets differ in rounding only. Thread-safe.
#pragma once
#include <cstdint>

#include "engine/kernels/loss_tile.h"

namespace seg::kernels {

// Probabilities of one class: their sum over valid pixels, and over those of the class.
struct ClassSums {
  double all = 0, of_class = 0;
};
void add_probabilities(const LossTile& tile, std::int64_t k, ClassSums& sums);

// Counts the errors |p - q| of one class by their bins (region_weights.h): [2 * kErrorBins + 1], first those of pixels
// of other classes, then of the class; the last takes pixels that are not valid.
void count_errors(const LossTile& tile, std::int64_t k, std::int32_t* counts);

// d loss / d p of one class at a valid pixel.
struct ClassSlope {
  float of_others = 0, of_class = 0;  // where the label is another, and where it is the class
  const float* by_error = nullptr;    // instead of them: [2 * kErrorBins], as the counts
};

// Adds the gradients of the logits to upper and lower, arranged as the tile's logits are. slopes: one a class. scratch:
// at least region_scratch_size() floats.
void region_backward(const LossTile& tile, const ClassSlope* slopes, float* scratch, float* upper, float* lower);

std::int64_t region_scratch_size(std::int64_t num_rows, std::int64_t num_slots);

}  // namespace seg::kernels
