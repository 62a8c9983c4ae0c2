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
  EXPECT_DOUBLE_EQ(one.speedup(), 1.5);
  EXPECT_FALSE(one.spread());
  const SpeedPairs two = pairs_of({2, 8});
  EXPECT_DOUBLE_EQ(two.speedup(), 4);  // as often twice as half of it
  EXPECT_DOUBLE_EQ(two.spread().value(), 3.0 / 4);
  const Comparison comparison = two.comparison();
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
    EXPECT_NEAR(pairs.speedup(), std::sqrt(1.4 * 1.5), 1e-9);
  }
  SpeedPairs fast = pairs_of({1.4, 3, 1.5});
  fast.drop_farthest();
  EXPECT_NEAR(fast.speedup(), std::sqrt(1.4 * 1.5), 1e-9);
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
  const Comparison both = chained({.before = 10, .after = 15, .speedup = 1.5, .spread = 0.01, .num_pairs = 2},
                                  {.before = 16, .after = 32, .speedup = 2, .spread = 0.02, .num_pairs = 2});
  EXPECT_DOUBLE_EQ(both.speedup, 3);
  EXPECT_DOUBLE_EQ(both.before, 10);
  EXPECT_DOUBLE_EQ(both.after, 30);
  EXPECT_DOUBLE_EQ(both.spread.value(), 0.03);
  EXPECT_FALSE(chained({.speedup = 1.5}, {.speedup = 2, .spread = 0.02, .num_pairs = 2}).spread);
}

TEST(Comparison, ComesWithItsRange) {
  EXPECT_EQ(speedup_text({.speedup = 2, .spread = 0.05, .num_pairs = 2}), "2.00x (1.90 to 2.10 in 2 pairs)");
  EXPECT_EQ(speedup_text({.speedup = 1.5, .spread = {}}), "1.50x (in one pair)");
  EXPECT_EQ(speedup_text(1.234), "1.23x");
}

}  // namespace
}  // namespace seg
