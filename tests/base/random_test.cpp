// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace seg {
namespace {

// The known answers that come with Random123, the authors' library (philox4x32, 10 rounds).
TEST(Random, PhiloxGivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, NumbersAreAFunctionOfSeedStreamAndSubsequence) {
  const auto first_of = [](std::uint64_t seed, RandomStream stream, std::uint64_t subsequence) {
    return Random(seed, stream, subsequence).bits();
  };
  EXPECT_EQ(first_of(1, RandomStream::order, 2), first_of(1, RandomStream::order, 2));
  std::set<std::uint32_t> numbers;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40}) {
    for (const std::uint64_t subsequence : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40}) {
      for (const auto stream : {RandomStream::order, RandomStream::augmentation, RandomStream::weights}) {
        numbers.insert(first_of(seed, stream, subsequence));
      }
    }
  }
  EXPECT_EQ(numbers.size(), 27U);
}

TEST(Random, DrawsWhatPhiloxGivesAtThatPosition) {
  Random random(0x0000000200000001, RandomStream::weights, 0x0000000400000003);
  for (std::uint32_t block = 0; block < 3; ++block) {
    for (const std::uint32_t number : philox({block, 3, 4, 3}, {1, 2})) EXPECT_EQ(random.bits(), number);
  }
}

TEST(Random, UniformStaysInItsIntervalAndFillsIt) {
  Random random(7, RandomStream::augmentation, 0);
  double lowest = 1, highest = 0, sum = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform(0.5, 2.0);
    ASSERT_GE(value, 0.5);
    ASSERT_LT(value, 2.0);
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
    sum += value;
  }
  EXPECT_LT(lowest, 0.501);
  EXPECT_GT(highest, 1.999);
  EXPECT_NEAR(sum / kDraws, 1.25, 0.005);  // 3.6 standard deviations
}

TEST(Random, BelowIsUnbiasedForSmallAndForHugeCounts) {
  Random random(7, RandomStream::order, 0);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60000; ++i) ++seen[random.below(6)];
  for (const int count : seen) EXPECT_NEAR(count, 10000, 400);

  // A third more than half of the range: a bare modulo would favour the lower third by two to one.
  const std::uint64_t huge = (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62);
  int low = 0;
  for (int i = 0; i < 30000; ++i) {
    const std::uint64_t value = random.below(huge);
    ASSERT_LT(value, huge);
    low += value < huge / 3 ? 1 : 0;
  }
  EXPECT_NEAR(low, 10000, 400);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, NormalHasItsMomentsAndTails) {
  Random random(3, RandomStream::weights, 0);
  constexpr int kDraws = 200000;
  double sum = 0, squares = 0;
  int beyond_two = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
    beyond_two += std::abs(value) > 2 ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1, 0.015);
  EXPECT_NEAR(beyond_two / double{kDraws}, 0.0455, 0.002);
}

TEST(Random, APermutationHasEveryItemOnceAndDependsOnItsEpoch) {
  std::vector<std::uint32_t> order = permutation(0, 0, 1000);
  EXPECT_NE(order, permutation(0, 1, 1000));
  EXPECT_NE(order, permutation(1, 0, 1000));
  EXPECT_EQ(order, permutation(0, 0, 1000));
  std::ranges::sort(order);
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
  EXPECT_TRUE(permutation(0, 0, 0).empty());
}

TEST(Random, AllPermutationsOfThreeAreEquallyLikely) {
  std::array<int, 27> seen{};
  for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) {
    const auto order = permutation(5, epoch, 3);
    ++seen[order[0] * 9 + order[1] * 3 + order[2]];
  }
  EXPECT_EQ(std::ranges::count(seen, 0), 21);
  for (const int count : seen) EXPECT_TRUE(count == 0 || std::abs(count - 1000) < 150) << count;
}

// Numbers that must never change: checkpoints and published runs depend on them.
TEST(Random, TheOrderOfASeedIsFrozen) {
  EXPECT_EQ(permutation(0, 0, 8), (std::vector<std::uint32_t>{7, 2, 6, 4, 3, 5, 0, 1}));
}

TEST(Random, HashIsFnv1a) {
  const auto hash = [](std::string_view text) { return hash_of(text.data(), text.size()); };
  EXPECT_EQ(hash(""), 0xcbf29ce484222325U);
  EXPECT_EQ(hash("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(hash("foobar"), 0x85944171f73967e8U);
}

}  // namespace
}  // namespace seg
