// SPDX-License-Identifier: Apache-2.0
// The arithmetic of classes' probabilities along a row of an image, from the few values that a network gives of it.
//
// Planes are [classes][columns], `stride` floats from class to class. Thread-safe, plain arrays.
#pragma once
#include <cstdint>

namespace seg::kernels {

// planes[k][i] = the sum over taps j of weight[j][i] * values[k][index[j][i]]; values are planes of `value_stride`.
struct SpreadRow {
  std::int64_t num_classes = 0, columns = 0, stride = 0;
  const float* values = nullptr;
  std::int64_t value_stride = 0;
  std::int64_t num_taps = 0;                   // at most kMostTaps
  const std::int32_t* const* index = nullptr;  // [num_taps][columns]
  const float* const* weight = nullptr;        // [num_taps][columns]
};
inline constexpr std::int64_t kMostTaps = 4;
void spread(const SpreadRow& row, float* planes) noexcept;

// In place, over the classes of each column.
void softmax(std::int64_t num_classes, std::int64_t columns, std::int64_t stride, float* planes) noexcept;

// sums[k][i] += share[i] * planes[k][i], or of its exponential.
struct AddedRow {
  std::int64_t num_classes = 0, columns = 0;
  const float* planes = nullptr;
  std::int64_t stride = 0;
  const float* share = nullptr;  // [columns]
  bool of_exponentials = false;
};
void add(const AddedRow& row, float* sums, std::int64_t sum_stride) noexcept;

}  // namespace seg::kernels
