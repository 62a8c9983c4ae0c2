// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a loss that never makes full-resolution logits, by this processor's best instructions.
//
// A tile is the pixels between two neighbouring rows of logits, of one group of columns (loss_columns.h). Arrays of
// pixels have kLossCells values a slot, the group's slots behind one another, and `pixel_stride` values from one row of
// pixels to the next. Instruction sets differ in rounding only. Thread-safe.
#pragma once
#include <cstdint>

#include "engine/kernels/loss_columns.h"
#include "engine/kernels/pixel_selection.h"

namespace seg::kernels {

struct LossTile {
  std::int64_t num_classes = 0;
  // Logits, at the group's first cell; kLossCells + 1 of them are read for each class.
  const float* upper = nullptr;
  const float* lower = nullptr;
  std::int64_t class_stride = 0;  // from one class to the next
  std::int64_t num_slots = 0;
  const float* slot_t = nullptr;  // [num_slots][kLossCells]: where pixels lie between two cells, from 0 to 1
  std::int64_t num_rows = 0;
  const float* row_t = nullptr;  // [num_rows]: where rows lie between upper and lower
  std::int64_t pixel_stride = 0;
  const std::uint8_t* labels = nullptr;  // the ignored one where a slot has no pixel
  float* losses = nullptr;               // -log softmax at the label; -1 where ignored, NaN if the label is no class
  // The softmax is exp(logit - largest) * scale. Two numbers, as one, largest - log(scale), would be rounded more
  // coarsely than the softmax.
  float* largest = nullptr;
  float* scales = nullptr;
};

struct LossForward {
  std::uint8_t ignore_label = 255;
  float threshold = 0;  // losses above it are counted and summed
  // For smoothed labels: [classes], and the mean over classes of -class_weight * log softmax of each pixel.
  const float* class_weights = nullptr;
  float* spread = nullptr;
  // For the focal loss: how much each pixel's loss counts, (1 - p)^gamma where p is its label's probability. What is
  // counted and summed is the loss times this.
  float* focus = nullptr;
  float gamma = 0;
};
// Fills losses, largest and scales, and adds to `statistics`. scratch: at least 2 * classes * kLossCells floats.
void loss_forward(const LossTile& tile, const LossForward& forward, float* scratch, LossStatistics& statistics);

// d value / d logit k of a pixel is share * (of_softmax[label] * softmax k - [k is the label] * of_label[label] -
// uniform * class_weights[k]), where share is what the selection gives it times scale and its own weight. With `focus`
// share is multiplied by it, and both of_softmax and of_label grow by gamma * p / (1 - p) times the pixel's loss, which
// is of_label * -log p + smoothing * spread.
struct LossBackward {
  float threshold = 0, share_at = 0, scale = 0;  // share: 1 above the threshold, share_at exactly at it
  const float* pixel_weights = nullptr;          // as the pixels of the tile; nullptr: all 1
  const float* of_softmax = nullptr;             // [256]; nullptr: all 1, and so of_label
  const float* of_label = nullptr;               // [256]
  const float* class_weights = nullptr;          // [classes]; nullptr: uniform is 0
  float uniform = 0;
  const float* focus = nullptr;   // as the pixels of the tile, of the forward pass; nullptr: all 1, and gamma 0
  const float* spread = nullptr;  // likewise; nullptr: smoothing is 0
  float gamma = 0, smoothing = 0;
};
// Adds the gradients of the logits to upper and lower, arranged as the tile's logits are.
// scratch: at least loss_scratch_size() floats.
void loss_backward(const LossTile& tile, const LossBackward& backward, float* scratch, float* upper, float* lower);

// Enough for both, for tiles of so many classes and rows.
std::int64_t loss_scratch_size(std::int64_t num_classes, std::int64_t num_rows);

}  // namespace seg::kernels
