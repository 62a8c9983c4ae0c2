// SPDX-License-Identifier: Apache-2.0
// A gamma curve for the values of an image, in integers: of m at most, v becomes m (v / m)^g.
//
// The exponent g is a multiple of 2^-14, from 0 to 4. Powers are made of binary logarithms cut off after 24 bits,
// without floating point, so tables are the same on every machine; 8-bit results are the nearest whole levels but for
// values within 10^-4 of a half. Of 16 bits, the curve is so at every 257th value, and straight in between.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace seg {

inline constexpr std::int32_t kGammaUnit = 1 << 14;  // an exponent of 1

// Changes one image after the other. Not thread-safe while it is prepared.
class GammaCurve {
 public:
  void prepare(std::int32_t exponent);  // in units of 2^-14

  void apply(std::span<std::uint8_t> values) const noexcept;  // in place
  void apply(std::span<std::uint16_t> values) const noexcept;

 private:
  std::int32_t exponent_ = kGammaUnit;
  std::array<std::uint8_t, 256> levels_{};
  std::array<std::uint16_t, 257> knots_{};  // at 257 k; the last stands twice
};

}  // namespace seg
