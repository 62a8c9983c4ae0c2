// SPDX-License-Identifier: Apache-2.0
#include "image/gamma_curve.h"

#include <bit>
#include <cassert>
#include <cstddef>

namespace seg {
namespace {

constexpr int kLogBits = 24;    // of the fraction of a logarithm
constexpr int kPowerBits = 31;  // of a power of 2 that is at most 1
constexpr std::uint32_t kMost8 = 255, kMost16 = 65535, kKnotDistance = 257;

// log2(n), cut off: squaring the mantissa doubles its logarithm, whose whole part is the next bit.
constexpr std::uint32_t log2_of(std::uint32_t n) {
  const auto whole = static_cast<std::uint32_t>(std::bit_width(n) - 1);
  std::uint64_t mantissa = std::uint64_t{n} << (kPowerBits - whole);
  std::uint32_t log = whole;
  for (int bit = 0; bit < kLogBits; ++bit) {
    mantissa = mantissa * mantissa >> kPowerBits;
    const bool is_two = mantissa >> (kPowerBits + 1) != 0;
    mantissa >>= is_two ? 1 : 0;
    log = log << 1 | (is_two ? 1U : 0U);
  }
  return log;
}

// How far the knots are below the largest value, as logarithms; that of 0 is not used.
constexpr auto kDepths = [] {
  std::array<std::uint32_t, 256> depths{};
  for (std::uint32_t k = 1; k < depths.size(); ++k) depths[k] = log2_of(kMost8) - log2_of(k);
  return depths;
}();

constexpr std::uint64_t square_root(std::uint64_t n) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31; bit != 0; bit >>= 1)
    if ((root | bit) * (root | bit) <= n) root |= bit;
  return root;
}

// 2^-(1/2), 2^-(1/4), 2^-(1/8), …
constexpr auto kRoots = [] {
  std::array<std::uint64_t, kLogBits> roots{};
  std::uint64_t last = std::uint64_t{1} << (kPowerBits - 1);  // 2^-1
  for (std::uint64_t& root : roots) last = root = square_root(last << kPowerBits);
  return roots;
}();

// most 2^-depth, rounded.
std::uint32_t level_at(std::uint64_t depth, std::uint32_t most) noexcept {
  std::uint64_t power = std::uint64_t{1} << kPowerBits;
  for (std::size_t i = 0; i < kRoots.size(); ++i)
    if ((depth >> (kLogBits - 1 - i) & 1) != 0) power = power * kRoots[i] >> kPowerBits;
  const auto shift = kPowerBits + static_cast<int>(depth >> kLogBits);
  return static_cast<std::uint32_t>((most * power + (std::uint64_t{1} << (shift - 1))) >> shift);
}

}  // namespace

void GammaCurve::prepare(std::int32_t exponent) {
  assert(exponent > 0 && exponent <= 4 * kGammaUnit);
  exponent_ = exponent;
  if (exponent == kGammaUnit) return;
  levels_[0] = 0;
  knots_[0] = 0;
  for (std::size_t k = 1; k < levels_.size(); ++k) {
    const std::uint64_t depth = std::uint64_t{kDepths[k]} * static_cast<std::uint64_t>(exponent) / kGammaUnit;
    levels_[k] = static_cast<std::uint8_t>(level_at(depth, kMost8));
    knots_[k] = static_cast<std::uint16_t>(level_at(depth, kMost16));
  }
  knots_.back() = knots_[levels_.size() - 1];
}

void GammaCurve::apply(std::span<std::uint8_t> values) const noexcept {
  if (exponent_ == kGammaUnit) return;
  for (std::uint8_t& value : values) value = levels_[value];
}

void GammaCurve::apply(std::span<std::uint16_t> values) const noexcept {
  if (exponent_ == kGammaUnit) return;
  for (std::uint16_t& value : values) {
    const std::uint32_t k = value / kKnotDistance, beyond = value % kKnotDistance;
    const std::uint32_t rise = static_cast<std::uint32_t>(knots_[k + 1]) - knots_[k];
    value = static_cast<std::uint16_t>(knots_[k] + (rise * beyond + kKnotDistance / 2) / kKnotDistance);
  }
}

}  // namespace seg
