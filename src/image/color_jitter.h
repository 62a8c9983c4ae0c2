// SPDX-License-Identifier: Apache-2.0
// Brightness, contrast and saturation of pixels, in this order, in integers.
//
// With factors b, c and s, and p the pivot of a channel:
//   v := v b,   v := p + (v - p) c,   v := s v + (1 - s) (R + G + B) / 3
// each followed by rounding to nearest (halves go up) or cutting off the fraction, and clipping to the range of the
// type. Factors are multiples of 2^-14 and pivots are whole grey levels, so nothing else is inexact and the result is
// the same on every machine. Saturation belongs to three channels; other numbers of channels get brightness and
// contrast only.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seg {

inline constexpr std::int16_t kJitterUnit = 1 << 14;  // a factor of 1

struct JitterFactors {
  std::int16_t brightness = kJitterUnit, contrast = kJitterUnit, saturation = kJitterUnit;

  bool is_identity() const noexcept { return *this == JitterFactors{}; }
  bool operator==(const JitterFactors&) const = default;
};

std::int16_t jitter_factor(double value) noexcept;  // the nearest factor, from 0 to 1.99994

enum class Rounding { nearest, truncate };

// Changes one image after the other. Not thread-safe: prepare() makes tables.
class ColorJitter {
 public:
  ColorJitter(std::vector<std::int32_t> pivots, Rounding rounding);  // one pivot a channel, within the type

  void prepare(const JitterFactors& factors);  // of the pixels to come

  // Interleaved pixels of as many channels as there are pivots, in place.
  void apply(std::span<std::uint8_t> pixels) const;
  void apply(std::span<std::uint16_t> pixels) const;

 private:
  std::int32_t brightness_and_contrast(std::int32_t value, std::size_t channel, std::int32_t most) const noexcept;
  bool saturates() const noexcept { return pivots_.size() == 3 && factors_.saturation != kJitterUnit; }

  std::vector<std::int32_t> pivots_;
  std::int32_t half_;  // what is added before a fraction of 2^-14 is cut off
  JitterFactors factors_;
  std::vector<std::array<std::uint8_t, 256>> tables_;  // for 8 bits, of each channel; not for RGB
};

}  // namespace seg
