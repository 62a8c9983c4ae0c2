// SPDX-License-Identifier: Apache-2.0
#include "loader/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "base/random.h"

namespace seg {
namespace {

TEST(Sampler, SampleIsAnElementOfItsEpochsPermutation) {
  Sampler sampler(3, 10);
  for (std::uint64_t k = 0; k < 200; ++k) {
    ASSERT_EQ(sampler.image_of(k), permutation(3, k / 10, 10)[k % 10]);
    ASSERT_EQ(sampler.epoch_of(k), k / 10);
  }
}

TEST(Sampler, EachEpochVisitsEveryImageOnceInAnotherOrder) {
  Sampler sampler(0, 50);
  std::set<std::vector<std::uint32_t>> orders;
  for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
    std::vector<std::uint32_t> order;
    for (std::uint64_t i = 0; i < 50; ++i) order.push_back(sampler.image_of(epoch * 50 + i));
    orders.insert(order);
    std::sort(order.begin(), order.end());
    std::vector<std::uint32_t> all(50);
    std::iota(all.begin(), all.end(), 0U);
    ASSERT_EQ(order, all);
  }
  EXPECT_EQ(orders.size(), 20u);
}

TEST(Sampler, DoesNotDependOnWhatWasAskedBefore) {
  Sampler forward(1, 3), backward(1, 3);
  std::vector<std::uint32_t> expected, actual;
  for (std::uint64_t k = 0; k < 60; ++k) expected.push_back(forward.image_of(k));
  for (std::uint64_t k = 60; k-- > 0;) actual.push_back(backward.image_of(k));
  std::reverse(actual.begin(), actual.end());
  EXPECT_EQ(actual, expected);
}

TEST(Sampler, ServesManyThreads) {
  Sampler sampler(5, 4);  // more epochs at a time than it keeps
  std::vector<std::vector<std::uint32_t>> seen(8, std::vector<std::uint32_t>(400));
  {
    std::vector<std::jthread> threads;
    for (std::vector<std::uint32_t>& mine : seen) {
      threads.emplace_back([&] {
        for (std::uint64_t k = 0; k < mine.size(); ++k) mine[k] = sampler.image_of(k);
      });
    }
  }
  for (const auto& mine : seen) EXPECT_EQ(mine, seen.front());
}

TEST(Sampler, SubstitutesArePureAndDiffer) {
  Sampler sampler(0, 1000);
  EXPECT_EQ(sampler.substitute_of(7, 2), Sampler(0, 1000).substitute_of(7, 2));
  EXPECT_NE(sampler.substitute_of(7, 1), sampler.substitute_of(7, 2));
  EXPECT_NE(sampler.substitute_of(7, 1), sampler.substitute_of(8, 1));
}

TEST(Sampler, SharesOfProcessesCoverAStepInOrder) {
  std::vector<std::uint64_t> samples;
  for (std::int64_t rank = 0; rank < 3; ++rank) {
    const SampleShare share = share_of(12, rank, 3);
    for (std::int64_t i = 0; i < share.count; ++i) samples.push_back(share.sample_number(5, i));
  }
  std::vector<std::uint64_t> expected(12);
  std::iota(expected.begin(), expected.end(), 48U);
  EXPECT_EQ(samples, expected);
  EXPECT_THROW(share_of(10, 0, 3), std::logic_error);
}

}  // namespace
}  // namespace seg
