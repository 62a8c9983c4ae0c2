// SPDX-License-Identifier: Apache-2.0
#include "image/gamma_curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace seg {
namespace {

template <class T>
std::vector<T> all_values(std::size_t count) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), T{0});
  return values;
}

TEST(GammaCurve, EightBitsAreTheNearestLevelOfThePower) {
  for (std::int32_t exponent = 1; exponent <= 4 * kGammaUnit; exponent += 997) {
    GammaCurve curve;
    curve.prepare(exponent);
    std::vector<std::uint8_t> values = all_values<std::uint8_t>(256);
    curve.apply(std::span(values));
    for (std::size_t v = 0; v < 256; ++v) {
      const double exact = 255 * std::pow(static_cast<double>(v) / 255, static_cast<double>(exponent) / kGammaUnit);
      ASSERT_NEAR(values[v], exact, 0.5001) << "level " << v << ", exponent " << exponent;
    }
  }
}

TEST(GammaCurve, SixteenBitsFollowThePowerAndAreStraightBetweenKnots) {
  for (const std::int32_t exponent : {kGammaUnit / 2, 20000, 2 * kGammaUnit}) {
    GammaCurve curve;
    curve.prepare(exponent);
    std::vector<std::uint16_t> values = all_values<std::uint16_t>(65536);
    curve.apply(std::span(values));
    const auto power = [&](double v) {
      return 65535 * std::pow(v / 65535, static_cast<double>(exponent) / kGammaUnit);
    };
    for (std::size_t v = 0; v < values.size(); ++v) {
      const double low = static_cast<double>(v / 257) * 257, share = static_cast<double>(v % 257) / 257;
      const double exact = power(low) * (1 - share) + (share > 0 ? power(low + 257) * share : 0);
      ASSERT_NEAR(values[v], exact, 1.01) << "level " << v << ", exponent " << exponent;
    }
  }
}

TEST(GammaCurve, AnExponentOfOneChangesNothing) {
  GammaCurve curve;
  curve.prepare(20000);
  curve.prepare(kGammaUnit);
  std::vector<std::uint8_t> values = all_values<std::uint8_t>(256);
  curve.apply(std::span(values));
  EXPECT_EQ(values, all_values<std::uint8_t>(256));
}

TEST(GammaCurve, EndsStayWhereTheyAre) {
  for (const std::int32_t exponent : {1, 8192, 32768, 65536}) {
    GammaCurve curve;
    curve.prepare(exponent);
    std::vector<std::uint8_t> bytes{0, 255};
    curve.apply(std::span(bytes));
    EXPECT_EQ(bytes, (std::vector<std::uint8_t>{0, 255}));
    std::vector<std::uint16_t> words{0, 65535};
    curve.apply(std::span(words));
    EXPECT_EQ(words, (std::vector<std::uint16_t>{0, 65535}));
  }
}

}  // namespace
}  // namespace seg
