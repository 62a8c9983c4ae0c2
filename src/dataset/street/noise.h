// SPDX-License-Identifier: Apache-2.0
// Cheap noise for textures: pure functions of position, the same on every platform (integers, and floats that are only
// added, multiplied, compared and truncated). Thread-safe.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace seg::street {

// Rounds down; unlike std::floor it needs no instruction set extension to be fast.
inline int floor_of(float x) noexcept {
  const int i = static_cast<int>(x);
  return i - (static_cast<float>(i) > x ? 1 : 0);
}
inline float fraction_of(float x) noexcept { return x - static_cast<float>(floor_of(x)); }
inline float clamped(float x) noexcept { return x < 0 ? 0.0F : x > 1 ? 1.0F : x; }
inline float mix(float a, float b, float t) noexcept { return a + (b - a) * t; }
inline float absolute(float x) noexcept { return x < 0 ? -x : x; }

// 32 well-mixed bits (finaliser of MurmurHash3).
inline std::uint32_t scrambled(std::uint32_t h) noexcept {
  h = (h ^ h >> 16) * 0x85ebca6bU;
  h = (h ^ h >> 13) * 0xc2b2ae35U;
  return h ^ h >> 16;
}
inline std::uint32_t hash_at(int x, int y, std::uint32_t seed) noexcept {
  return scrambled(static_cast<std::uint32_t>(x) * 0x9e3779b1U ^
                   scrambled(static_cast<std::uint32_t>(y) * 0x85ebca77U + seed));
}
inline float unit_of(std::uint32_t bits) noexcept { return static_cast<float>(bits >> 8) * 0x1p-24F; }  // [0, 1)
inline float noise_at(int x, int y, std::uint32_t seed) noexcept { return unit_of(hash_at(x, y, seed)); }

// A sheet of cloudy noise, 0 … 1 with mean about a half, that repeats without a seam every 128 cells. Its largest
// clouds are about 8 cells wide. Small enough (16 KB) to stay in the processor's nearest cache.
class NoiseSheet {
 public:
  static constexpr int kSide = 128;
  NoiseSheet() noexcept;

  // Interpolated between cells.
  float at(float x, float y) const noexcept {
    const int x0 = floor_of(x), y0 = floor_of(y);
    const float fx = x - static_cast<float>(x0), fy = y - static_cast<float>(y0);
    const std::uint8_t* cell = cells_.data() + (y0 & (kSide - 1)) * kPitch + (x0 & (kSide - 1));
    const float above = mix(cell[0], cell[1], fx), below = mix(cell[kPitch], cell[kPitch + 1], fx);
    return mix(above, below, fy) * (1.0F / 255);
  }

 private:
  static constexpr int kPitch = kSide + 1;  // the first row and column once more at the end, so that neighbours adjoin

  std::array<std::uint8_t, kPitch * kPitch> cells_;
};

// Grain of a sensor: about normal, mean 0, deviation kGrainDeviation. Rows of pixels start anywhere in it.
inline constexpr int kGrainLength = 8192, kGrainDeviation = 37;  // a power of two
const std::array<std::int16_t, kGrainLength>& sensor_grain() noexcept;

// Inline, because a call would spill every register of the loops that use it.
inline const NoiseSheet& clouds() noexcept {
  static const NoiseSheet sheet;
  return sheet;
}

}  // namespace seg::street
