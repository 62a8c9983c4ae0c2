// SPDX-License-Identifier: Apache-2.0
#include "report/curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Curve, AThinnedCurveKeepsItsEndsAndItsExtremes) {
  Curve curve;
  for (int i = 0; i < 100000; ++i) curve.push_back({static_cast<double>(i), std::sin(i * 0.001)});
  curve[4321].y = 50;  // spikes of one point
  curve[77777].y = -50;
  const Curve thin = thinned(curve, 300);
  EXPECT_LE(thin.size(), 1200u);
  EXPECT_GE(thin.size(), 300u);
  EXPECT_EQ(thin.front(), curve.front());
  EXPECT_EQ(thin.back(), curve.back());
  EXPECT_EQ(std::ranges::count(thin, curve[4321]), 1);
  EXPECT_EQ(std::ranges::count(thin, curve[77777]), 1);
  EXPECT_TRUE(std::ranges::is_sorted(thin, {}, &Point::x));
}

TEST(Curve, AShortOneStaysAndOneAtASinglePlaceCanBeThinned) {
  const Curve curve = {{1, 3}, {2, kNan}, {3, kInfinity}, {4, 2}};
  EXPECT_EQ(thinned(curve, 10), (Curve{{1, 3}, {4, 2}}));
  EXPECT_TRUE(thinned({}, 10).empty());
  Curve upright;
  for (int i = 0; i < 100; ++i) upright.push_back({5, static_cast<double>(i)});
  EXPECT_EQ(thinned(upright, 3), (Curve{{5, 0}, {5, 99}}));
}

TEST(Curve, SmoothingIsAMeanOfWhatIsNear) {
  const Curve three = smoothed({{0, 4}, {1, 1}, {2, kNan}, {3, 2}});  // half as much at a distance of one point
  ASSERT_EQ(three.size(), 3u);
  EXPECT_DOUBLE_EQ(three[0].y, (4 + 0.5 * 1 + 0.25 * 2) / 1.75);
  EXPECT_DOUBLE_EQ(three[1].y, (0.5 * 4 + 1 + 0.5 * 2) / 2);
  Curve step;
  for (int i = 0; i < 1000; ++i) step.push_back({static_cast<double>(i), i < 500 ? 0.0 : 1.0});
  EXPECT_NEAR(smoothed(step)[500].y, 0.5, 0.02) << "not late";
  EXPECT_NEAR(smoothed(step)[520].y, 0.75, 0.02) << "half of the other half is forgotten after a fiftieth";
  EXPECT_TRUE(smoothed({}).empty());
}

TEST(Curve, FactsAreThoseOfKnownPoints) {
  EXPECT_FALSE(facts_of({{1, kNan}}));
  const auto facts = facts_of({{0, kNan}, {1, 3}, {2, 7}, {3, 5}, {4, -kInfinity}});
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->first, (Point{1, 3}));
  EXPECT_EQ(facts->last, (Point{3, 5}));
  EXPECT_EQ(facts->smallest, (Point{1, 3}));
  EXPECT_EQ(facts->largest, (Point{2, 7}));
}

TEST(Curve, QuantilesLieBetweenTheirNeighbours) {
  EXPECT_FALSE(quantile({}, 0.5));
  EXPECT_DOUBLE_EQ(quantile({3}, 0.9).value(), 3);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 10}, 0.5).value(), 2.5);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 10}, 1).value(), 10);
}

}  // namespace
}  // namespace seg
