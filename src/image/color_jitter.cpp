// SPDX-License-Identifier: Apache-2.0
#include "image/color_jitter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "image/rgb_jitter.h"

namespace seg {
namespace {

constexpr int kFactorBits = 14;

constexpr std::size_t kRgb = 3;

// The third of a sum, in units of 2^-14, is exact in two steps: floor(floor(x / 2^14) / 3) = floor(x / (3 2^14)).
constexpr std::int64_t third(std::int64_t scaled_sum, std::int32_t most) noexcept {
  return std::min<std::int64_t>(std::max<std::int64_t>(scaled_sum >> kFactorBits, 0) / 3, most);
}

}  // namespace

std::int16_t jitter_factor(double value) noexcept {
  const double units = std::floor(value * kJitterUnit + 0.5);
  return static_cast<std::int16_t>(std::clamp(units, 0.0, double{std::numeric_limits<std::int16_t>::max()}));
}

ColorJitter::ColorJitter(std::vector<std::int32_t> pivots, Rounding rounding)
    : pivots_(std::move(pivots)),
      half_(rounding == Rounding::nearest ? kJitterUnit / 2 : 0),
      tables_(pivots_.size() == kRgb ? 0 : pivots_.size()) {
  assert(!pivots_.empty());
}

std::int32_t ColorJitter::brightness_and_contrast(std::int32_t value, std::size_t channel,
                                                  std::int32_t most) const noexcept {
  const auto settled = [&](std::int64_t scaled) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>((scaled + half_) >> kFactorBits, 0, most));
  };
  const std::int64_t pivot = pivots_[channel];
  const std::int64_t bright = settled(std::int64_t{value} * factors_.brightness);
  return settled(pivot * kJitterUnit + (bright - pivot) * factors_.contrast);
}

void ColorJitter::prepare(const JitterFactors& factors) {
  factors_ = factors;
  for (std::size_t channel = 0; channel < tables_.size(); ++channel) {
    for (std::int32_t v = 0; v < 256; ++v) {
      const std::int32_t value = brightness_and_contrast(v, channel, 255);
      tables_[channel][static_cast<std::size_t>(v)] = static_cast<std::uint8_t>(value);
    }
  }
}

void ColorJitter::apply(std::span<std::uint8_t> pixels) const {
  const std::size_t channels = pivots_.size();
  assert(pixels.size() % channels == 0);
  if (factors_.is_identity()) return;
  if (channels == kRgb) {
    const auto pivot = [&](std::size_t channel) { return static_cast<std::int16_t>(pivots_[channel]); };
    return jitter_rgb({.brightness = factors_.brightness,
                       .contrast = factors_.contrast,
                       .saturation = factors_.saturation,
                       .pivots = {pivot(0), pivot(1), pivot(2)},
                       .rounds = half_ != 0},
                      pixels);
  }
  for (std::size_t i = 0; i < pixels.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) pixels[i + c] = tables_[c][pixels[i + c]];
  }
}

void ColorJitter::apply(std::span<std::uint16_t> pixels) const {
  constexpr std::int32_t kMost = std::numeric_limits<std::uint16_t>::max();
  const std::size_t channels = pivots_.size();
  assert(pixels.size() % channels == 0);
  if (factors_.is_identity()) return;
  for (std::size_t i = 0; i < pixels.size(); i += channels) {
    std::int64_t sum = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      const std::int32_t value = brightness_and_contrast(pixels[i + c], c, kMost);
      pixels[i + c] = static_cast<std::uint16_t>(value);
      sum += value;
    }
    if (!saturates()) continue;
    const std::int64_t gray = (kJitterUnit - factors_.saturation) * sum + 3 * half_;
    for (std::size_t c = 0; c < 3; ++c) {
      const std::int64_t share = std::int64_t{3} * factors_.saturation * pixels[i + c];
      pixels[i + c] = static_cast<std::uint16_t>(third(share + gray, kMost));
    }
  }
}

}  // namespace seg
