// SPDX-License-Identifier: Apache-2.0
#include "training/schedule.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

// Users' logs of the reference print the mean over its four groups (rates 1, 1, 10, 10 times the base: 5.5 times).
TEST(WarmupPolySchedule, MatchesTheRatesInTheReferencesLogs) {
  const WarmupPolySchedule schedule{.rate = 5e-3, .warmup_steps = 1000, .last_step = 150000};
  EXPECT_NEAR(5.5 * schedule.at(100), 0.003454, 5e-7);
  EXPECT_NEAR(5.5 * schedule.at(200), 0.004348, 5e-7);
  EXPECT_NEAR(5.5 * schedule.at(300), 0.005474, 5e-7);
}

TEST(WarmupPolySchedule, WarmsUpFromATenthAndDecaysToNothing) {
  const WarmupPolySchedule schedule{.rate = 1.0, .warmup_steps = 10, .last_step = 110};
  EXPECT_DOUBLE_EQ(schedule.at(1), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(11), 1.0);
  EXPECT_DOUBLE_EQ(schedule.at(61), std::pow(0.5, 0.9));
  EXPECT_DOUBLE_EQ(schedule.at(111), 0.0);
  EXPECT_GT(schedule.at(110), 0.0);
  for (std::int64_t step = 1; step < 10; ++step) EXPECT_LT(schedule.at(step), schedule.at(step + 1));
  for (std::int64_t step = 11; step < 110; ++step) EXPECT_GT(schedule.at(step), schedule.at(step + 1));
}

TEST(WarmupPolySchedule, ARunThatEndsWithinTheWarmUpOnlyWarmsUp) {
  const WarmupPolySchedule schedule{.rate = 1.0, .warmup_steps = 1000, .last_step = 100};
  for (std::int64_t step = 1; step < 100; ++step) EXPECT_LT(schedule.at(step), schedule.at(step + 1));
}

TEST(WarmupPolySchedule, WithoutWarmUpItStartsAtTheFullRate) {
  const WarmupPolySchedule schedule{.rate = 0.5, .warmup_steps = 0, .last_step = 10};
  EXPECT_DOUBLE_EQ(schedule.at(1), 0.5);
}

}  // namespace
}  // namespace seg
