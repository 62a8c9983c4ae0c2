// SPDX-License-Identifier: Apache-2.0
#include "training/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace seg {
namespace {

constexpr RateDecay kDecays[] = {RateDecay::poly, RateDecay::cosine, RateDecay::step, RateDecay::exponential};

RateSchedule schedule_of(RateDecay decay, double rate, std::int64_t warmup, std::int64_t last) {
  return {.rate = rate, .warmup_steps = warmup, .last_step = last, .decay = decay, .milestones = {0.6, 0.85}};
}

// Users' logs of the reference print the mean over its four groups (rates 1, 1, 10, 10 times the base: 5.5 times).
TEST(RateSchedule, MatchesTheRatesInTheReferencesLogs) {
  const RateSchedule schedule{.rate = 5e-3, .warmup_steps = 1000, .last_step = 150000};
  EXPECT_NEAR(5.5 * schedule.at(100), 0.003454, 5e-7);
  EXPECT_NEAR(5.5 * schedule.at(200), 0.004348, 5e-7);
  EXPECT_NEAR(5.5 * schedule.at(300), 0.005474, 5e-7);
}

TEST(RateSchedule, EveryKindWarmsUpFromATenth) {
  for (const RateDecay decay : kDecays) {
    const RateSchedule schedule = schedule_of(decay, 2.0, 10, 110);
    EXPECT_DOUBLE_EQ(schedule.at(1), 0.2);
    EXPECT_DOUBLE_EQ(schedule.at(6), 2 * std::sqrt(0.1));
    EXPECT_DOUBLE_EQ(schedule.at(11), 2.0);
    for (std::int64_t step = 1; step < 11; ++step) EXPECT_LT(schedule.at(step), schedule.at(step + 1));
    for (std::int64_t step = 11; step < 110; ++step) EXPECT_GE(schedule.at(step), schedule.at(step + 1));
  }
}

TEST(RateSchedule, PolyFallsToNothing) {
  const RateSchedule schedule = schedule_of(RateDecay::poly, 1.0, 10, 110);
  EXPECT_NEAR(schedule.at(61), 0.5358867, 1e-7);  // half of the way: 0.5^0.9
  EXPECT_DOUBLE_EQ(schedule.at(111), 0.0);
  EXPECT_GT(schedule.at(110), 0.0);
}

TEST(RateSchedule, CosineIsHalfWayInTheMiddleAndFlatAtBothEnds) {
  const RateSchedule schedule = schedule_of(RateDecay::cosine, 1.0, 10, 110);
  EXPECT_NEAR(schedule.at(36), 0.8535534, 1e-7);  // (1 + cos 45°) / 2
  EXPECT_NEAR(schedule.at(61), 0.5, 1e-12);
  EXPECT_NEAR(schedule.at(86), 0.1464466, 1e-7);  // (1 - cos 45°) / 2
  EXPECT_NEAR(schedule.at(111), 0.0, 1e-12);
  EXPECT_GT(schedule.at(12), 0.999);
  EXPECT_LT(schedule.at(110), 0.001);
}

TEST(RateSchedule, StepFallsAfterEachMilestonesShareOfTheRun) {
  const RateSchedule schedule = schedule_of(RateDecay::step, 1.0, 10, 100);
  EXPECT_DOUBLE_EQ(schedule.at(60), 1.0);  // 59 steps are done
  EXPECT_DOUBLE_EQ(schedule.at(61), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(85), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(86), 0.01);
  EXPECT_DOUBLE_EQ(schedule.at(100), 0.01);
}

// 0.7 * 10 is a little more than 7 in binary.
TEST(RateSchedule, MilestonesAreWholeSteps) {
  RateSchedule schedule = schedule_of(RateDecay::step, 1.0, 0, 10);
  schedule.milestones = {0.7};
  schedule.gamma = 0.5;
  EXPECT_DOUBLE_EQ(schedule.at(7), 1.0);
  EXPECT_DOUBLE_EQ(schedule.at(8), 0.5);
}

TEST(RateSchedule, AMilestoneWithinTheWarmUpCountsFromItsEnd) {
  RateSchedule schedule = schedule_of(RateDecay::step, 1.0, 10, 100);
  schedule.milestones = {0.05};
  EXPECT_DOUBLE_EQ(schedule.at(11), 0.1);
}

TEST(RateSchedule, ExponentialFallsByGammaOverTheRun) {
  RateSchedule schedule = schedule_of(RateDecay::exponential, 1.0, 10, 110);
  schedule.gamma = 0.01;
  EXPECT_DOUBLE_EQ(schedule.at(61), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(111), 0.01);
  EXPECT_NEAR(schedule.at(31) / schedule.at(21), schedule.at(101) / schedule.at(91), 1e-12);
}

TEST(RateSchedule, ARunThatEndsWithinTheWarmUpOnlyWarmsUp) {
  for (const RateDecay decay : kDecays) {
    const RateSchedule schedule = schedule_of(decay, 1.0, 1000, 100);
    for (std::int64_t step = 1; step < 100; ++step) EXPECT_LT(schedule.at(step), schedule.at(step + 1));
  }
}

TEST(RateSchedule, WithoutWarmUpItStartsAtTheFullRate) {
  for (const RateDecay decay : kDecays) EXPECT_DOUBLE_EQ(schedule_of(decay, 0.5, 0, 10).at(1), 0.5);
}

}  // namespace
}  // namespace seg
