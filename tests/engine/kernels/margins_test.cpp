// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/margins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "base/random.h"

namespace seg::kernels {
namespace {

TEST(Margins, AreTheDifferenceOfTheTwoLargest) {
  Random random(1, RandomStream::synthetic, 0);
  for (const std::int64_t classes : {2, 3, 19, 150}) {
    constexpr std::int64_t kCount = 37;
    std::vector<float> logits(static_cast<std::size_t>(classes * kCount));
    for (float& v : logits) v = static_cast<float>(random.below(40)) - 20;  // some are equal
    std::vector<float> found(kCount);
    margins(logits.data(), classes, kCount, found.data());
    for (std::int64_t i = 0; i < kCount; ++i) {
      std::vector<float> sorted(logits.begin() + i * classes, logits.begin() + (i + 1) * classes);
      std::ranges::sort(sorted, std::greater<>());
      ASSERT_EQ(found[static_cast<std::size_t>(i)], sorted[0] - sorted[1]);
    }
  }
}

TEST(Margins, WhatIsNoNumberIsNeverAmongTheLargest) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> logits = {kNaN, 3, 1, 5, kNaN, 1, kInfinity, kInfinity, 0, kNaN, kNaN, kNaN};
  std::vector<float> found(4);
  margins(logits.data(), 3, 4, found.data());
  EXPECT_EQ(found, (std::vector<float>{2, 4, 0, 0}));
}

std::vector<std::int32_t> expected_least(const std::vector<float>& values, std::size_t count) {
  std::vector<std::int32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::int32_t i) { return values[static_cast<std::size_t>(i)]; });
  order.resize(count);
  std::ranges::sort(order);
  return order;
}

TEST(Margins, TheLeastAreChosenAndOfEqualOnesTheFirst) {
  Random random(2, RandomStream::synthetic, 0);
  for (const std::uint64_t different : {1U, 3U, 100U, 1U << 30}) {
    std::vector<float> values(1000);
    for (float& v : values) v = static_cast<float>(static_cast<double>(random.below(different)) * 1e-3);
    for (const std::size_t count : {0U, 1U, 10U, 999U, 1000U}) {
      std::vector<std::int32_t> chosen(count);
      least_of(values, chosen);
      ASSERT_EQ(chosen, expected_least(values, count)) << different << ' ' << count;
    }
  }
}

TEST(Margins, AnInfiniteOneComesLast) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {kInfinity, 2, kInfinity, 1e-30F};
  std::vector<std::int32_t> chosen(3);
  least_of(values, chosen);
  EXPECT_EQ(chosen, (std::vector<std::int32_t>{0, 1, 3}));
}

}  // namespace
}  // namespace seg::kernels
