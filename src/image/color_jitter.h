// SPDX-License-Identifier: Apache-2.0
// Brightness, contrast and saturation of an image, in this order, in integers.
//
// With factors b, c and s, and p the pivot of a channel, in grey levels:
//   v = v b,   v = p + (v - p) c,   v = s v + (1 - s) mean(R, G, B)
// each followed by rounding (or cutting off the fraction) and clipping to the range of the type. Factors are multiples
// of 1/16384 and nothing else is inexact, so the result is the same on every machine.
// Saturation belongs to three channels; images of another number of channels get brightness and contrast only.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"

namespace seg {

inline constexpr std::int32_t kJitterUnit = 1 << 14;  // a factor of 1

struct JitterFactors {
  std::int16_t brightness = kJitterUnit, contrast = kJitterUnit, saturation = kJitterUnit;

  bool is_identity() const noexcept { return *this == JitterFactors{}; }
  bool operator==(const JitterFactors&) const = default;
};
std::int16_t jitter_factor(double value) noexcept;  // nearest factor, within 0 … 1.99994

enum class Rounding { nearest, truncate };

// Cheap to make and reusable; not thread-safe (it has scratch memory).
class ColorJitter {
 public:
  // One pivot a channel, in grey levels.
  ColorJitter(std::vector<double> pivots, Rounding rounding);

  // Interleaved pixels of C = number of pivots channels, in place.
  void apply(const JitterFactors& factors, std::span<std::uint8_t> pixels);
  void apply(const JitterFactors& factors, std::span<std::uint16_t> pixels);

 private:
  std::vector<double> pivots_;
  Rounding rounding_;
};

}  // namespace seg
