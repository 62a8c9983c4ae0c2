// SPDX-License-Identifier: Apache-2.0
// The largest of the pixels in a window, channel by channel, and the way back. Plain arrays; thread-safe.
// T is float, or uint16_t for the bits of bfloat16 values.
#pragma once
#include <cstdint>
#include <span>

namespace seg::kernels {

template <class T>
struct PoolTap {
  const T* pixel = nullptr;  // [channels]
  std::uint8_t place = 0;    // in the window
};
// y = the largest, and at which place, of equal ones the first; a NaN is larger than all. At least one tap. Without
// `places` only y is written.
void take_largest(std::span<const PoolTap<float>> taps, std::int64_t channels, float* y, std::uint8_t* places) noexcept;
void take_largest(std::span<const PoolTap<std::uint16_t>> taps, std::int64_t channels, std::uint16_t* y,
                  std::uint8_t* places) noexcept;

// A window that a pixel is in.
template <class T>
struct PoolWindow {
  const T* dy = nullptr;                 // [channels]
  const std::uint8_t* places = nullptr;  // [channels]
  std::uint8_t place = 0;                // of the pixel
};
// dx = the sum of the dy of those windows whose largest the pixel is, summed in floats.
void take_gradients(std::span<const PoolWindow<float>> windows, std::int64_t channels, float* dx) noexcept;
void take_gradients(std::span<const PoolWindow<std::uint16_t>> windows, std::int64_t channels,
                    std::uint16_t* dx) noexcept;

}  // namespace seg::kernels
