// SPDX-License-Identifier: Apache-2.0
#include "doctor/speed_pairs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace seg {
namespace {

SpeedPairs pairs_of(const std::vector<double>& speedups) {
  SpeedPairs pairs;
  for (const double speedup : speedups) pairs.add(10, 10 * speedup);
  return pairs;
}

TEST(SpeedPairs, SayHowMuchFasterAndHowSure) {
  const SpeedPairs one = pairs_of({1.5});
  EXPECT_DOUBLE_EQ(one.comparison().speedup, 1.5);
  EXPECT_FALSE(one.comparison().spread());
  const Comparison comparison = pairs_of({8, 2}).comparison();
  EXPECT_DOUBLE_EQ(comparison.speedup, 4);  // as often twice as half of it
  EXPECT_DOUBLE_EQ(comparison.range.value().least, 2);
  EXPECT_DOUBLE_EQ(comparison.range.value().most, 8);
  EXPECT_DOUBLE_EQ(comparison.spread().value(), 6.0 / 4);
  EXPECT_DOUBLE_EQ(comparison.before, 10);
  EXPECT_DOUBLE_EQ(comparison.after, 50);
  EXPECT_EQ(comparison.num_pairs, 2U);
}

TEST(SpeedPairs, TheOneThatWasDisturbedGoes) {
  const std::vector<std::vector<double>> orders = {{1.4, 0.7, 1.5}, {0.7, 1.4, 1.5}, {1.5, 1.4, 0.7}};
  for (const auto& speedups : orders) {
    SpeedPairs pairs = pairs_of(speedups);
    pairs.drop_farthest();
    EXPECT_EQ(pairs.size(), 2U);
    EXPECT_NEAR(pairs.comparison().speedup, std::sqrt(1.4 * 1.5), 1e-9);
  }
  SpeedPairs fast = pairs_of({1.4, 3, 1.5});
  fast.drop_farthest();
  EXPECT_NEAR(fast.comparison().speedup, std::sqrt(1.4 * 1.5), 1e-9);
  SpeedPairs two = pairs_of({1, 9});
  two.drop_farthest();
  EXPECT_EQ(two.size(), 2U);  // neither is farther than the other
}

TEST(SpeedPairs, AreUnevenIfOthersTookMoreBesideOne) {
  Figures quiet{.processors = 4, .busy_elsewhere = 0.1}, loud{.processors = 4, .busy_elsewhere = 0.6};
  EXPECT_TRUE(is_uneven(quiet, loud));
  EXPECT_TRUE(is_uneven(loud, quiet));
  EXPECT_FALSE(is_uneven(loud, loud));
  loud.busy_elsewhere = 0.4;
  EXPECT_FALSE(is_uneven(quiet, loud));
  EXPECT_FALSE(is_uneven({}, loud));
}

TEST(Comparison, StepsOnTopOfEachOtherMultiply) {
  const Comparison first{.before = 10, .after = 15, .speedup = 1.5, .range = {{1.25, 1.75}}, .num_pairs = 2};
  const Comparison second{.before = 16, .after = 32, .speedup = 2, .range = {{1.5, 2.5}}, .num_pairs = 2};
  const Comparison both = chained(first, second);
  EXPECT_DOUBLE_EQ(both.speedup, 3);
  EXPECT_DOUBLE_EQ(both.before, 10);
  EXPECT_DOUBLE_EQ(both.after, 30);
  EXPECT_DOUBLE_EQ(both.range.value().least, 1.25 * 1.5);
  EXPECT_DOUBLE_EQ(both.range.value().most, 1.75 * 2.5);
  EXPECT_FALSE(chained({.speedup = 1.5}, second).range);
}

TEST(Comparison, ComesWithItsRange) {
  EXPECT_EQ(speedup_text({.speedup = 2, .range = {{1.9, 2.1}}, .num_pairs = 2}), "2.00x (1.90 to 2.10 in 2 pairs)");
  EXPECT_EQ(speedup_text({.speedup = 1.5, .range = {}}), "1.50x (in one pair)");
  EXPECT_EQ(speedup_text(1.234), "1.23x");
}

}  // namespace
}  // namespace seg
