// SPDX-License-Identifier: Apache-2.0
#include "doctor/micro_batch.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace seg {
namespace {

std::optional<LargerMicroBatch> larger(std::int64_t images, std::int64_t micro_batches) {
  return larger_micro_batch({.images_of_micro_batch = images, .micro_batches = micro_batches});
}

TEST(LargerMicroBatch, IsMadeOfTheSameBatch) {
  constexpr std::array<std::array<std::int64_t, 3>, 10> kCases = {{{1, 8, 8},
                                                                   {1, 4, 4},
                                                                   {1, 24, 8},
                                                                   {2, 2, 4},
                                                                   {3, 2, 6},
                                                                   {1, 6, 2},
                                                                   {4, 6, 8},
                                                                   {5, 2, 10},
                                                                   {7, 4, 14},
                                                                   {3, 4, 12}}};
  for (const auto& [images, micro_batches, expected] : kCases) {
    const auto found = larger(images, micro_batches);
    ASSERT_TRUE(found) << images << " " << micro_batches;
    EXPECT_EQ(found->images, expected) << images << " " << micro_batches;
    EXPECT_TRUE(found->keeps_batch);
    const Change change = {{"ims_per_gpu", std::to_string(expected)},
                           {"gradient_accumulation_steps", std::to_string(images * micro_batches / expected)}};
    EXPECT_EQ(found->change, change);
  }
}

TEST(LargerMicroBatch, IsALargerBatchWhereThatCannotBe) {
  for (const std::int64_t images : {1, 3, 5, 7}) {
    const auto found = larger(images, 1);
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->keeps_batch);
    EXPECT_EQ(found->change, (Change{{"ims_per_gpu", std::to_string(2 * images)}}));
  }
}

TEST(LargerMicroBatch, IsNotWantedWhereOnesAreLargeOrUnknown) {
  EXPECT_FALSE(larger(8, 4));
  EXPECT_FALSE(larger(64, 1));
  EXPECT_FALSE(larger(0, 0));
  EXPECT_FALSE(larger_micro_batch({}));
}

}  // namespace
}  // namespace seg
