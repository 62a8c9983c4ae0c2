// SPDX-License-Identifier: Apache-2.0
#include "image/color_jitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace seg {
namespace {

double factor_of(std::int16_t units) { return static_cast<double>(units) / kJitterUnit; }

// The three changes as NumPy would do them in double precision, where every number here is exact.
class PlainJitter {
 public:
  PlainJitter(std::vector<std::int32_t> pivots, Rounding rounding, double most)
      : pivots_(std::move(pivots)), rounding_(rounding), most_(most) {}

  std::vector<double> pixel(std::vector<double> v, const JitterFactors& f) const {
    for (double& value : v) value = settled(value * factor_of(f.brightness));
    for (std::size_t c = 0; c < v.size(); ++c) v[c] = settled(pivots_[c] + (v[c] - pivots_[c]) * factor_of(f.contrast));
    if (v.size() != 3) return v;
    const double s = factor_of(f.saturation);
    const std::vector<double> before = v;
    for (std::size_t c = 0; c < 3; ++c) {
      double sum = 0;  // a row of the matrix with 1 + 2s on its diagonal and 1 - s elsewhere
      for (std::size_t j = 0; j < 3; ++j) sum += before[j] * (j == c ? 1 + 2 * s : 1 - s);
      v[c] = settled(sum / 3);
    }
    return v;
  }

 private:
  double settled(double value) const {
    value = std::clamp(value, 0.0, most_);
    return std::floor(rounding_ == Rounding::nearest ? value + 0.5 : value);
  }

  std::vector<std::int32_t> pivots_;
  Rounding rounding_;
  double most_;
};

template <class T>
void compare(const std::vector<std::int32_t>& pivots, Rounding rounding, const JitterFactors& factors,
             std::size_t pixels, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, 0);
  std::vector<T> values(pixels * pivots.size());
  for (T& value : values) value = static_cast<T>(random.bits());
  const std::vector<T> before = values;
  ColorJitter jitter(pivots, rounding);
  jitter.prepare(factors);
  jitter.apply(std::span(values));
  const PlainJitter plain(pivots, rounding, std::numeric_limits<T>::max());
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto begin = before.begin() + static_cast<std::ptrdiff_t>(i * pivots.size());
    const std::vector<double> expected =
        plain.pixel({begin, begin + static_cast<std::ptrdiff_t>(pivots.size())}, factors);
    for (std::size_t c = 0; c < pivots.size(); ++c) ASSERT_EQ(values[i * pivots.size() + c], expected[c]);
  }
}

JitterFactors random_factors(Random& random) {
  const auto factor = [&] { return static_cast<std::int16_t>(random.below(32768)); };
  return {.brightness = factor(), .contrast = factor(), .saturation = factor()};
}

TEST(ColorJitter, EqualsPlainDescription) {
  Random random(1, RandomStream::synthetic, 1);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const Rounding rounding = i % 2 == 0 ? Rounding::nearest : Rounding::truncate;
    compare<std::uint8_t>({83, 94, 82}, rounding, random_factors(random), 1 + i * 3, i);
    compare<std::uint16_t>({20000, 30000, 40000}, rounding, random_factors(random), 1 + i, i);
  }
}

TEST(ColorJitter, EqualsPlainDescriptionAtExtremeFactors) {
  const std::vector<std::int16_t> extremes{0, 16384, 32767};
  for (const std::int16_t b : extremes) {
    for (const std::int16_t c : extremes) {
      for (const std::int16_t s : extremes) {
        compare<std::uint8_t>({0, 128, 255}, Rounding::nearest, {b, c, s}, 2000, 3);
        compare<std::uint16_t>({0, 30000, 65535}, Rounding::truncate, {b, c, s}, 2000, 3);
      }
    }
  }
}

TEST(ColorJitter, OtherNumbersOfChannelsKeepTheirSaturation) {
  Random random(2, RandomStream::synthetic, 1);
  for (std::uint64_t i = 0; i < 20; ++i) {
    compare<std::uint8_t>({100}, Rounding::nearest, random_factors(random), 600, i);
    compare<std::uint8_t>({100, 50, 30, 200}, Rounding::nearest, random_factors(random), 600, i);
    compare<std::uint16_t>({100, 50, 30, 200, 7}, Rounding::nearest, random_factors(random), 600, i);
  }
}

TEST(ColorJitter, FactorsOfOneChangeNothing) {
  std::vector<std::uint8_t> pixels(3 * 256);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7);
  const std::vector<std::uint8_t> before = pixels;
  ColorJitter jitter({1, 2, 3}, Rounding::nearest);
  jitter.prepare({});
  jitter.apply(std::span(pixels));
  EXPECT_EQ(pixels, before);
}

TEST(ColorJitter, FactorIsTheNearestMultipleWithinItsRange) {
  EXPECT_EQ(jitter_factor(1), kJitterUnit);
  EXPECT_EQ(jitter_factor(0.6), 9830);  // 9830.4
  EXPECT_EQ(jitter_factor(-0.1), 0);
  EXPECT_EQ(jitter_factor(2), 32767);
}

}  // namespace
}  // namespace seg
