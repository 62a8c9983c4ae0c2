// SPDX-License-Identifier: Apache-2.0
#include "report/axis.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

namespace seg {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::string> texts(const Axis& axis) {
  std::vector<std::string> result;
  for (const Tick& tick : axis.ticks) result.push_back(tick.text);
  return result;
}
using Texts = std::vector<std::string>;

TEST(Axis, TicksAreRoundNumbersInTheRange) {
  EXPECT_EQ(texts(axis_over({0, 1}, 6)), (Texts{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(texts(axis_over({1, 450}, 6)), (Texts{"100", "200", "300", "400"}));
  EXPECT_EQ(texts(axis_over({-3, 3}, 4)), (Texts{"-2", "0", "2"}));
  EXPECT_EQ(texts(axis_over({0, 80000}, 5)), (Texts{"0", "20000", "40000", "60000", "80000"}));
  EXPECT_EQ(texts(axis_over({0, 1.6e6}, 5)), (Texts{"0", "500k", "1.0M", "1.5M"}));
  EXPECT_EQ(texts(axis_over({0, 3e-5}, 4)), (Texts{"0", "1e-5", "2e-5", "3e-5"}));
}

TEST(Axis, EndsOnTicksWhereThatIsWanted) {
  const Axis axis = axis_over({0.3, 41.7}, 6, true);
  EXPECT_DOUBLE_EQ(axis.low, 0);
  EXPECT_DOUBLE_EQ(axis.high, 50);
  EXPECT_EQ(texts(axis), (Texts{"0", "10", "20", "30", "40", "50"}));
  EXPECT_EQ(texts(axis_over({0, 1}, 6, true)).back(), "1.0");
}

TEST(Axis, PlacesAreSharesOfTheRange) {
  const Axis axis = axis_over({10, 20}, 5);
  EXPECT_DOUBLE_EQ(axis.place_of(10), 0);
  EXPECT_DOUBLE_EQ(axis.place_of(15), 0.5);
  EXPECT_DOUBLE_EQ(axis.place_of(30), 2);
}

TEST(Axis, WhateverTheNumbersARangeCanBeDrawn) {
  const double values[] = {0,    -0.0,     1,    -1,  1e-320, 1e-300,    1e300,      -1e300, 1e308, -1e308,
                           1e16, 1e16 + 2, 5e15, 0.1, kNan,   kInfinity, -kInfinity, 36.7,   1e-9,  1 + 1e-15};
  for (const double low : values)
    for (const double high : values)
      for (const int most : {2, 5, 8})
        for (const bool on_ticks : {false, true}) {
          SCOPED_TRACE(::testing::Message() << low << " " << high << " " << most << " " << on_ticks);
          const Axis axis = axis_over({low, high}, most, on_ticks);
          ASSERT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high));
          ASSERT_LT(axis.low, axis.high);
          ASSERT_TRUE(std::isfinite(axis.place_of(axis.high)));
          ASSERT_LE(axis.ticks.size(), static_cast<std::size_t>(most));
          std::set<std::string> told;
          for (const Tick& tick : axis.ticks) {
            ASSERT_GE(axis.place_of(tick.value), -1e-6);
            ASSERT_LE(axis.place_of(tick.value), 1 + 1e-6);
            ASSERT_LE(tick.text.size(), 18u);
            told.insert(tick.text);
          }
          ASSERT_EQ(told.size(), axis.ticks.size()) << "two ticks have the same text";
        }
}

TEST(Axis, TextsAreAsShortAsTellsThemApart) {
  EXPECT_EQ(tick_text(0.30000000000000004, 0.1), "0.3");
  EXPECT_EQ(tick_text(1e-17, 0.1), "0");
  EXPECT_EQ(tick_text(0.00025, 0.00005), "0.00025");
  EXPECT_EQ(tick_text(123456, 1), "123.456k");
  EXPECT_EQ(tick_text(2.5e20, 5e19), "2.5e+20");
}

TEST(Axis, OfLogarithmsHasPowersOfTen) {
  EXPECT_EQ(texts(logarithmic_axis_over({0.05, 3000}, 6)), (Texts{"0.1", "1", "10", "100", "1000"}));
  EXPECT_EQ(texts(logarithmic_axis_over({3, 60}, 6)), (Texts{"5", "10", "20", "50"}));
  const Axis axis = logarithmic_axis_over({1, 100}, 6);
  EXPECT_DOUBLE_EQ(axis.place_of(1), 0.5) << "the logarithm of 10";
  for (const AxisRange range : {AxisRange{0, 0}, AxisRange{-1, kNan}, AxisRange{1e-300, 1e300}, AxisRange{7, 7}}) {
    const Axis odd = logarithmic_axis_over(range, 6);
    EXPECT_LT(odd.low, odd.high);
    EXPECT_LE(odd.ticks.size(), 8u);
  }
}

}  // namespace
}  // namespace seg
