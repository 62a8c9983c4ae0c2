// SPDX-License-Identifier: Apache-2.0
#include "doctor/bench_budget.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace seg {
namespace {

using Json = nlohmann::json;

const BenchRequest kRun{.part = "run"}, kLoader{.part = "loader", .may_be_left_out = true},
    kStep{.part = "step", .may_be_left_out = true};

class Budget : public ::testing::Test {
 protected:
  // A first run with evaluation, whose steps take so long.
  void begin_with_steps_of(double seconds_of_step, double seconds) {
    seconds_ += seconds;
    budget_.add({.part = "run", .evaluates = true}, Json{{"seconds_per_step", {{"median", seconds_of_step}}}}, seconds);
  }

  double seconds_ = 1000;
  BenchBudget budget_{60, [this] { return seconds_; }};
};

TEST_F(Budget, TheFirstMeasurementIsMadeWhateverItTakes) {
  EXPECT_TRUE(budget_.has_time_for(kRun));
  EXPECT_DOUBLE_EQ(budget_.seconds_left(), 60);
  EXPECT_DOUBLE_EQ(budget_.seconds_to_count(), 2);
  seconds_ += 61;
  EXPECT_DOUBLE_EQ(budget_.seconds_left(), 0);
  EXPECT_FALSE(budget_.has_time_for(kRun));
}

TEST_F(Budget, ShortStepsLeaveTimeForAll) {
  begin_with_steps_of(0.1, 5);
  for (const BenchRequest& request : {kRun, kLoader, kStep}) {
    EXPECT_TRUE(budget_.has_time_for(request)) << request.part;
    EXPECT_LT(budget_.expected_seconds(request), 4) << request.part;
  }
}

TEST_F(Budget, LongStepsAreCountedBeforeTheyAreBegun) {
  begin_with_steps_of(8, 30);
  EXPECT_DOUBLE_EQ(budget_.expected_seconds(kRun), 1 + 3 * 8);
  EXPECT_DOUBLE_EQ(budget_.expected_seconds(kStep), 1 + 4 * 8);
  EXPECT_TRUE(budget_.has_time_for(kRun));
  EXPECT_FALSE(budget_.has_time_for(kStep));  // the rest is for trials
  EXPECT_FALSE(budget_.has_time_for(kLoader));
  seconds_ += 10;
  EXPECT_FALSE(budget_.has_time_for(kRun));
}

TEST_F(Budget, WhatOneTookTheNextWillTake) {
  begin_with_steps_of(0.1, 5);
  budget_.add(kRun, Json{{"seconds_per_step", {{"median", 0.1}}}}, 7);
  EXPECT_DOUBLE_EQ(budget_.expected_seconds(kRun), 7);
  budget_.add(kStep, Json::object(), 2.5);
  EXPECT_DOUBLE_EQ(budget_.expected_seconds(kStep), 2.5);
}

TEST(BudgetOfAnyLength, CountsNeitherNothingNorHours) {
  EXPECT_DOUBLE_EQ(BenchBudget(5).seconds_to_count(), 1);
  EXPECT_DOUBLE_EQ(BenchBudget(10000).seconds_to_count(), 10);
}

}  // namespace
}  // namespace seg
