// SPDX-License-Identifier: Apache-2.0
#include "image/blur.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace seg {
namespace {

// The compiler makes SIMD of this. Sum holds 256 times the largest value.
template <class Sum, class Before, class After, class Middle, class Out>
void mix(const Before* before, const Middle* middle, const After* after, Sum weight, std::size_t size, Out* out) {
  const auto rest = static_cast<Sum>(256 - 2 * weight);
  for (std::size_t i = 0; i < size; ++i) {
    const auto sum = static_cast<Sum>(static_cast<Sum>(rest * middle[i]) + static_cast<Sum>(weight * before[i]) +
                                      static_cast<Sum>(weight * after[i]) + Sum{128});
    out[i] = static_cast<Out>(sum >> 8);
  }
}

}  // namespace

void Blur::reserve(std::size_t row_values, std::size_t channels) {
  above_.reserve(row_values);
  row_.reserve(row_values);
  mixed_.reserve(row_values + 2 * channels);
}

template <class T, class Sum>
void Blur::blur(const PixelArea<T>& area, Sum weight) {
  const std::size_t size = area.width * area.channels, channels = area.channels;
  if (weight == 0 || size == 0 || area.height == 0) return;
  above_.assign(area.data, area.data + size);
  row_.resize(size);
  mixed_.resize(size + 2 * channels);
  std::uint16_t* const mixed = mixed_.data() + channels;
  for (std::size_t y = 0; y < area.height; ++y) {
    T* const row = area.data + y * area.stride;
    std::copy_n(row, size, row_.data());
    const T* const below = y + 1 < area.height ? row + area.stride : row;
    mix<Sum>(above_.data(), row_.data(), below, weight, size, mixed);
    std::copy_n(mixed, channels, mixed_.data());
    std::copy_n(mixed + size - channels, channels, mixed + size);
    mix<Sum>(mixed - channels, mixed, mixed + channels, weight, size, row);
    std::swap(above_, row_);
  }
}

void Blur::apply(const PixelArea<std::uint8_t>& area, std::int32_t weight) {
  assert(weight >= 0 && weight <= kLargestBlur);
  blur(area, static_cast<std::uint16_t>(weight));
}

void Blur::apply(const PixelArea<std::uint16_t>& area, std::int32_t weight) {
  assert(weight >= 0 && weight <= kLargestBlur);
  blur(area, static_cast<std::uint32_t>(weight));
}

}  // namespace seg
