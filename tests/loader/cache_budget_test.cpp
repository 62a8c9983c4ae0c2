// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace seg {
namespace {

TEST(CacheBudget, GivesWhatItHasAndTakesItBack) {
  CacheBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_TRUE(budget.take(40));
  EXPECT_FALSE(budget.take(1));
  budget.give_back(10);
  EXPECT_FALSE(budget.take(11));
  EXPECT_TRUE(budget.take(10));
  budget.charge(5);
  EXPECT_FALSE(budget.take(0));
  budget.give_back(5);
  EXPECT_TRUE(budget.take(0));
}

TEST(CacheBudget, ThreadsNeverTakeMoreThanThereIs) {
  CacheBudget budget(1000);
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int k = 0; k < 400; ++k) taken += budget.take(3) ? 1 : 0;
      });
  }
  EXPECT_EQ(taken, 333);
}

}  // namespace
}  // namespace seg
