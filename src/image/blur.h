// SPDX-License-Identifier: Apache-2.0
// A slight blur, in integers: each value is mixed with those above and below, then with those to the left and right:
//   v := ((256 - 2 w) v + w (before + after) + 128) / 256, rounded down
// The weight w is from 0 to 64, where it makes the binomial filter 1 2 1. Beyond a border is the border's value.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seg {

inline constexpr std::int32_t kLargestBlur = 64;

// A rectangle of pixels with interleaved channels, within rows of `stride` values.
template <class T>
struct PixelArea {
  T* data = nullptr;
  std::size_t height = 0, width = 0, channels = 0, stride = 0;
};

// Scratch memory for rows, kept from crop to crop. Not thread-safe.
class Blur {
 public:
  void reserve(std::size_t row_values, std::size_t channels);  // so that such rows will allocate nothing

  void apply(const PixelArea<std::uint8_t>& area, std::int32_t weight);  // in place
  void apply(const PixelArea<std::uint16_t>& area, std::int32_t weight);

 private:
  template <class T, class Sum>
  void blur(const PixelArea<T>& area, Sum weight);

  std::vector<std::uint16_t> above_, row_, mixed_;  // as they were; after the first mix, with a pixel more at each end
};

}  // namespace seg
