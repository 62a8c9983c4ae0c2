// SPDX-License-Identifier: Apache-2.0
// The three changes of image/color_jitter.h for 8-bit RGB pixels, by the best instructions of this processor.
//
// Results are the same at every level of instructions, and those of the definition there. Thread-safe.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace seg {

// All in multiples of 2^-14 but the pivots, which are grey levels from 0 to 255; factors are not negative.
struct RgbJitter {
  std::int16_t brightness = 0, contrast = 0, saturation = 0;
  std::array<std::int16_t, 3> pivots{};
  bool rounds = true;  // to nearest; else fractions are cut off
};

// Interleaved pixels, in place.
void jitter_rgb(const RgbJitter& jitter, std::span<std::uint8_t> pixels) noexcept;

}  // namespace seg
