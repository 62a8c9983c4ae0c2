// SPDX-License-Identifier: Apache-2.0
// The loops of a 3x3 convolution whose output channels read one channel each, by this processor's best instructions.
//
// They work on float rows [columns][channels] with a column of zeros on either side, so that there are no edges; a
// row that lies outside the map is a null pointer. Weights are [9][channels] float, tap by tap. T is float or
// std::uint16_t, the bits of bfloat16. Instruction sets differ in rounding only. Thread-safe.
#pragma once
#include <array>
#include <cstdint>

namespace seg::kernels {

// So many floats behind a padded row may be written.
inline constexpr std::int64_t kRowSlack = 64;

struct RowShape {
  std::int64_t width = 0, channels = 0;
};

// Each channel becomes `multiplier` channels, and pixels move `spacing` columns apart, with zeros between: the result
// has spacing x width + 2 columns of multiplier x channels.
template <class T>
void pad_row(const T* row, RowShape shape, std::int64_t multiplier, std::int64_t spacing, float* padded);

using ThreeRows = std::array<const float*, 3>;

// What happens to the sums before they are rounded: a bias for each channel is added, if there is one; then negative
// ones become 0.
struct SumFinish {
  const float* bias = nullptr;
  bool relu = false;
};

// result[x] = the sum over taps of weights x rows[.][stride x + .]; `shape` is the result's.
template <class T>
void correlate(const ThreeRows& rows, const float* weights, RowShape shape, std::int64_t stride, T* result,
               const SumFinish& finish = {});

// gradient[tap] += the sum over x of dy[x] rows[.][stride x + .]; dy is [width][channels].
void add_weight_gradient(const ThreeRows& rows, const float* dy, RowShape shape, std::int64_t stride, float* gradient);

// The sums of `multiplier` neighbouring channels; `shape` is the result's.
template <class T>
void sum_channels(const float* row, RowShape shape, std::int64_t multiplier, T* result);

}  // namespace seg::kernels
