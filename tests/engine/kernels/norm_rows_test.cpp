// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/norm_rows.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

// Around a mean that is large beside the deviation.
std::vector<float> random_values(std::int64_t count, std::uint64_t seed, double mean = 0.0) {
  Random random(seed, RandomStream::synthetic, 7);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = static_cast<float>(mean + random.normal());
  return values;
}

std::uint16_t bfloat16(float v) {
  const auto bits = std::bit_cast<std::uint32_t>(v);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}
float number(std::uint16_t v) { return std::bit_cast<float>(static_cast<std::uint32_t>(v) << 16); }
float number(float v) { return v; }

template <class T>
std::vector<T> as(const std::vector<float>& values) {
  std::vector<T> result;
  for (const float v : values) {
    if constexpr (std::is_same_v<T, float>) {
      result.push_back(v);
    } else {
      result.push_back(bfloat16(v));
    }
  }
  return result;
}

// Of one rounding of the result.
template <class T>
constexpr double kRounding = std::is_same_v<T, float> ? 1e-6 : 1.0 / 256;

struct Rows {
  RowExtent extent;
  std::vector<float> factor, offset, mean, slope, level;

  Rows(std::int64_t rows, std::int64_t channels)
      : extent{rows, channels},
        factor(random_values(channels, 1)),
        offset(random_values(channels, 2)),
        mean(random_values(channels, 3)),
        slope(random_values(channels, 4)),
        level(random_values(channels, 5)) {}
  std::int64_t count() const { return extent.num_rows * extent.num_channels; }
  std::size_t channel(std::size_t i) const { return i % static_cast<std::size_t>(extent.num_channels); }
  Affine affine(bool relu) const { return {factor.data(), offset.data(), relu}; }
};

template <class T>
double expected_y(const Rows& rows, const std::vector<T>& x, std::size_t i) {
  const std::size_t c = rows.channel(i);
  return static_cast<double>(rows.factor[c]) * static_cast<double>(number(x[i])) + static_cast<double>(rows.offset[c]);
}

template <class T>
void check_shift(const Rows& rows, bool relu) {
  const std::vector<T> x = as<T>(random_values(rows.count(), 12));
  std::vector<T> y = x;
  shift(y.data(), rows.extent, rows.offset.data(), relu);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = static_cast<double>(number(x[i])) + static_cast<double>(rows.offset[rows.channel(i)]);
    ASSERT_NEAR(static_cast<double>(number(y[i])), relu ? std::max(exact, 0.0) : exact,
                kRounding<T> * (std::abs(exact) + 1.0));
  }
}

template <class T>
void check_apply(const Rows& rows, bool relu) {
  const std::vector<T> x = as<T>(random_values(rows.count(), 11));
  std::vector<T> y(x.size());
  apply(x.data(), rows.extent, rows.affine(relu), y.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double exact = expected_y(rows, x, i);
    ASSERT_NEAR(static_cast<double>(number(y[i])), relu ? std::max(exact, 0.0) : exact,
                kRounding<T> * (std::abs(exact) + 2.0));
  }
}

template <class T>
void check_gradients(const Rows& rows, bool relu) {
  const std::vector<T> x = as<T>(random_values(rows.count(), 12)), dy = as<T>(random_values(rows.count(), 13));
  std::vector<T> y(x.size()), dx = dy;  // in place
  apply(x.data(), rows.extent, rows.affine(relu), y.data());
  const auto channels = static_cast<std::size_t>(rows.extent.num_channels);
  std::vector<double> sums(channels), products(channels), exact_sums(channels), exact_products(channels);
  add_gradient_sums(dy.data(), x.data(), rows.extent, rows.affine(relu), rows.mean.data(), sums.data(),
                    products.data());
  input_gradient(dx.data(), x.data(), rows.extent, rows.affine(relu),
                 {rows.mean.data(), rows.slope.data(), rows.level.data()}, dx.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t c = rows.channel(i);
    const double dz = relu && !(number(y[i]) > 0.0F) ? 0.0 : static_cast<double>(number(dy[i]));
    const double centred = static_cast<double>(number(x[i])) - static_cast<double>(rows.mean[c]);
    exact_sums[c] += dz;
    exact_products[c] += dz * centred;
    const double exact = static_cast<double>(rows.factor[c]) * dz - static_cast<double>(rows.slope[c]) * centred -
                         static_cast<double>(rows.level[c]);
    ASSERT_NEAR(static_cast<double>(number(dx[i])), exact, kRounding<T> * (std::abs(exact) + 4.0));
  }
  for (std::size_t c = 0; c < channels; ++c) {
    ASSERT_NEAR(sums[c], exact_sums[c], 1e-4);
    ASSERT_NEAR(products[c], exact_products[c], 1e-4);
  }
}

// Channels that fill vectors of no width, some widths and all widths; rows beside the four that go together.
constexpr std::int64_t kChannels[] = {1, 5, 8, 16, 19, 48, 67};

TEST(NormRows, ApplyIsTheFormulaForAllChannelsAtEveryLevel) {
  testing::at_every_instruction_level([] {
    for (const std::int64_t channels : kChannels)
      for (const bool relu : {false, true}) {
        check_apply<float>({7, channels}, relu);
        check_apply<std::uint16_t>({7, channels}, relu);
        check_shift<float>({7, channels}, relu);
        check_shift<std::uint16_t>({7, channels}, relu);
      }
  });
}

TEST(NormRows, GradientsAreTheFormulaWithTheMaskOfTheOutputAtEveryLevel) {
  testing::at_every_instruction_level([] {
    for (const std::int64_t channels : kChannels)
      for (const bool relu : {false, true}) {
        check_gradients<float>({7, channels}, relu);
        check_gradients<float>({300, channels}, relu);
        check_gradients<std::uint16_t>({7, channels}, relu);
      }
  });
}

TEST(NormRows, MomentsAreExactWhereTheMeanIsLarge) {
  testing::at_every_instruction_level([] {
    for (const std::int64_t channels : kChannels) {
      const RowExtent extent{1030, channels};
      const std::vector<float> x = random_values(extent.num_rows * channels, 21, 1000.0);
      const std::vector<float> origin(static_cast<std::size_t>(channels), 999.5F);
      std::vector<double> sums(origin.size(), 1.0), squares(origin.size(), 2.0);
      add_moments(x.data(), extent, origin.data(), sums.data(), squares.data());
      for (std::size_t c = 0; c < origin.size(); ++c) {
        double sum = 1.0, square = 2.0;
        for (std::size_t i = c; i < x.size(); i += origin.size()) {
          const double d = static_cast<double>(x[i]) - 999.5;
          sum += d;
          square += d * d;
        }
        ASSERT_NEAR(sums[c], sum, 2e-6 * std::abs(square));
        ASSERT_NEAR(squares[c], square, 2e-6 * square);
      }
    }
  });
}

// Of bfloat16: halves to even, and what is no number stays none.
TEST(NormRows, RoundsToTheNearestBfloat16) {
  testing::at_every_instruction_level([] {
    const std::vector<std::uint16_t> x(40, bfloat16(1.0F));
    const auto result_of = [&](float factor) {
      const std::vector<float> factors(x.size(), factor), zero(x.size());
      std::vector<std::uint16_t> y(x.size());
      apply(x.data(), {1, static_cast<std::int64_t>(x.size())}, {factors.data(), zero.data(), false}, y.data());
      EXPECT_EQ(y, std::vector<std::uint16_t>(x.size(), y.front()));
      return y.front();
    };
    EXPECT_EQ(result_of(std::bit_cast<float>(0x3F808000U)), 0x3F80);
    EXPECT_EQ(result_of(std::bit_cast<float>(0x3F818000U)), 0x3F82);
    EXPECT_EQ(result_of(std::bit_cast<float>(0x3F808001U)), 0x3F81);
    EXPECT_EQ(result_of(std::numeric_limits<float>::max()), 0x7F80);
    EXPECT_TRUE(std::isnan(number(result_of(std::bit_cast<float>(0x7FFFFFFFU)))));
  });
}

TEST(NormRows, WhatIsNoNumberIsNotHiddenByTheActivation) {
  testing::at_every_instruction_level([] {
    const std::vector<float> x(17, std::numeric_limits<float>::quiet_NaN()), one(17, 1.0F);
    std::vector<float> y(17);
    apply(x.data(), {1, 17}, {one.data(), one.data(), true}, y.data());
    for (const float v : y) EXPECT_TRUE(std::isnan(v));
  });
}

}  // namespace
}  // namespace seg::kernels
