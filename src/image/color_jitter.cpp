// SPDX-License-Identifier: Apache-2.0
#include "image/color_jitter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace seg {
namespace {

constexpr int kFactorBits = 14;
constexpr std::size_t kBlock = 256;  // pixels that are worked on at a time, channel by channel, so that loops vectorise

// 8-bit values and factors fit into int16, whose products the compiler turns into few instructions everywhere.
template <class T>
struct Arithmetic;
template <>
struct Arithmetic<std::uint8_t> {
  using Value = std::int16_t;
  using Product = std::int32_t;
};
template <>
struct Arithmetic<std::uint16_t> {
  using Value = std::int32_t;
  using Product = std::int64_t;
};

template <class T>
struct Plane {
  typename Arithmetic<T>::Value values[kBlock];
};

template <class T>
typename Arithmetic<T>::Value clipped(typename Arithmetic<T>::Product value) noexcept {
  using Product = typename Arithmetic<T>::Product;
  return static_cast<typename Arithmetic<T>::Value>(
      std::clamp<Product>(value, 0, Product{std::numeric_limits<T>::max()}));
}

// v := (v factor + addend) / 2^14
template <class T>
void scale(Plane<T>& plane, std::int16_t factor, typename Arithmetic<T>::Product addend) noexcept {
  using Product = typename Arithmetic<T>::Product;
  for (auto& value : plane.values) value = clipped<T>((Product{value} * factor + addend) >> kFactorBits);
}

// The third of a sum is exact: floor(floor(x / 2^14) / 3) = floor(x / (3 2^14)).
template <class T>
void saturate(Plane<T>& red, Plane<T>& green, Plane<T>& blue, std::int16_t factor, std::int32_t half) noexcept {
  using Value = typename Arithmetic<T>::Value;
  using Product = typename Arithmetic<T>::Product;
  const auto rest = static_cast<Value>(kJitterUnit - factor);
  const Product addend = 3 * Product{half};
  const auto third = [](Product value) { return clipped<T>(std::max<Product>(value >> kFactorBits, 0) / 3); };
  for (std::size_t i = 0; i < kBlock; ++i) {
    const Value r = red.values[i], g = green.values[i], b = blue.values[i];
    const auto sum = static_cast<Value>(r + g + b);
    const Product gray = Product{sum} * rest + addend;
    red.values[i] = third(3 * (Product{r} * factor) + gray);
    green.values[i] = third(3 * (Product{g} * factor) + gray);
    blue.values[i] = third(3 * (Product{b} * factor) + gray);
  }
}

template <class T>
void load(std::span<const T> pixels, std::size_t channels, std::size_t channel, Plane<T>& plane) noexcept {
  const std::size_t count = pixels.size() / channels;
  for (std::size_t i = 0; i < count; ++i) {
    plane.values[i] = static_cast<typename Arithmetic<T>::Value>(pixels[i * channels + channel]);
  }
}

template <class T>
void store(const Plane<T>& plane, std::size_t channels, std::size_t channel, std::span<T> pixels) noexcept {
  const std::size_t count = pixels.size() / channels;
  for (std::size_t i = 0; i < count; ++i) pixels[i * channels + channel] = static_cast<T>(plane.values[i]);
}

}  // namespace

std::int16_t jitter_factor(double value) noexcept {
  const double units = std::floor(value * kJitterUnit + 0.5);
  return static_cast<std::int16_t>(std::clamp(units, 0.0, double{std::numeric_limits<std::int16_t>::max()}));
}

ColorJitter::ColorJitter(std::vector<std::int32_t> pivots, Rounding rounding)
    : pivots_(std::move(pivots)), rounding_(rounding) {
  assert(!pivots_.empty());
}

template <class T>
void ColorJitter::apply_to(const JitterFactors& factors, std::span<T> pixels) const {
  const std::size_t channels = pivots_.size();
  assert(pixels.size() % channels == 0);
  if (factors.is_identity()) return;
  const std::int32_t half = rounding_ == Rounding::nearest ? kJitterUnit / 2 : 0;
  const auto adjust = [&](Plane<T>& plane, std::size_t channel) {
    if (factors.brightness != kJitterUnit) scale<T>(plane, factors.brightness, half);
    if (factors.contrast != kJitterUnit) {
      scale<T>(plane, factors.contrast, pivots_[channel] * (kJitterUnit - factors.contrast) + half);
    }
  };

  for (std::size_t begin = 0; begin < pixels.size(); begin += kBlock * channels) {
    const std::span<T> block = pixels.subspan(begin, std::min(kBlock * channels, pixels.size() - begin));
    Plane<T> planes[3] = {};
    if (channels == 3) {
      for (std::size_t c = 0; c < 3; ++c) {
        load<T>(block, 3, c, planes[c]);
        adjust(planes[c], c);
      }
      if (factors.saturation != kJitterUnit) saturate<T>(planes[0], planes[1], planes[2], factors.saturation, half);
      for (std::size_t c = 0; c < 3; ++c) store<T>(planes[c], 3, c, block);
    } else {
      for (std::size_t c = 0; c < channels; ++c) {
        load<T>(block, channels, c, planes[0]);
        adjust(planes[0], c);
        store<T>(planes[0], channels, c, block);
      }
    }
  }
}

void ColorJitter::apply(const JitterFactors& factors, std::span<std::uint8_t> pixels) const {
  apply_to<std::uint8_t>(factors, pixels);
}

void ColorJitter::apply(const JitterFactors& factors, std::span<std::uint16_t> pixels) const {
  apply_to<std::uint16_t>(factors, pixels);
}

}  // namespace seg
