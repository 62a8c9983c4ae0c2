// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/noise.h"

namespace seg::street {
namespace {

constexpr std::uint32_t kSheetSeed = 0x51f0, kGrainSeed = 0x97a1;

float smooth(float t) noexcept { return t * t * (3 - 2 * t); }

// Random values on a lattice of `step` cells, smoothly interpolated; the lattice wraps around.
float lattice_noise(int x, int y, int step, std::uint32_t seed) noexcept {
  const int count = NoiseSheet::kSide / step;
  const int x0 = x / step, y0 = y / step, x1 = (x0 + 1) % count, y1 = (y0 + 1) % count;
  const float fx = smooth(static_cast<float>(x % step) / static_cast<float>(step));
  const float fy = smooth(static_cast<float>(y % step) / static_cast<float>(step));
  return mix(mix(noise_at(x0, y0, seed), noise_at(x1, y0, seed), fx),
             mix(noise_at(x0, y1, seed), noise_at(x1, y1, seed), fx), fy);
}

}  // namespace

NoiseSheet::NoiseSheet() noexcept {
  for (int row = 0; row < kPitch; ++row)
    for (int column = 0; column < kPitch; ++column) {
      const int y = row % kSide, x = column % kSide;
      float sum = 0, weight = 0.5F;
      for (int step = 8; step >= 1; step /= 2) {
        sum += weight * lattice_noise(x, y, step, kSheetSeed + static_cast<std::uint32_t>(step));
        weight *= 0.55F;
      }
      const float value = clamped(0.5F + (sum - 0.504F) * 1.6F);
      cells_[static_cast<std::size_t>(row * kPitch + column)] = static_cast<std::uint8_t>(255 * value);
    }
}

const std::array<std::int16_t, kGrainLength>& sensor_grain() noexcept {
  static const auto table = [] {
    std::array<std::int16_t, kGrainLength> grain{};
    for (int i = 0; i < kGrainLength; ++i) {
      // Four bytes have the deviation 148 and nearly the shape of the normal distribution.
      const std::uint32_t bits = hash_at(i, 0, kGrainSeed);
      const auto sum = static_cast<int>((bits & 255) + (bits >> 8 & 255) + (bits >> 16 & 255) + (bits >> 24));
      grain[static_cast<std::size_t>(i)] = static_cast<std::int16_t>((sum - 510) / 4);
    }
    return grain;
  }();
  return table;
}

}  // namespace seg::street
