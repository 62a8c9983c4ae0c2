// SPDX-License-Identifier: Apache-2.0
#include "loader/decoding_cost.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

TEST(DecodingCost, IsMeasuredOnSomeSamples) {
  std::vector<std::size_t> fetched;
  const FakeDataset train({.size = 100, .sizes_differ = false, .bad = {0}, .is_slow = true, .fetched = &fetched});
  const DecodingCost cost = measure_decoding(train);
  EXPECT_EQ(fetched, (std::vector<std::size_t>{0, 12, 25, 37, 50, 62, 75, 87}));
  EXPECT_EQ(cost.images, 100);
  EXPECT_GE(cost.bytes, 100 * 40 * 60 * 3);
  EXPECT_LE(cost.bytes, 100 * 40 * 60 * 4);
  EXPECT_GT(cost.milliseconds_per_image, 0.5);  // three of seven take two at least
}

TEST(DecodingCost, AnImageThatMemoryCannotHoldEndsNothing) {
  const FakeDataset dataset({.size = 4, .huge = {0}});
  EXPECT_GT(measure_decoding(dataset).bytes, 0);
}

TEST(DecodingCost, IsNothingWhereNothingCanBeRead) {
  const FakeDataset dataset({.size = 1, .bad = {0}});
  EXPECT_EQ(measure_decoding(dataset).bytes, 0);
  EXPECT_EQ(measure_decoding(dataset).milliseconds_per_image, 0);
}

TEST(DecodingCost, IsUnevenIfMoreThanOneIsSlow) {
  EXPECT_DOUBLE_EQ(unevenness_of({9, 2, 1, 2, 3, 2, 2, 5}), 2.5);
  EXPECT_DOUBLE_EQ(unevenness_of({90, 2, 2, 2, 2, 2, 2, 2}), 1);
  EXPECT_DOUBLE_EQ(unevenness_of({1, 2, 3}), 1);  // too few to compare
  EXPECT_DOUBLE_EQ(unevenness_of({0, 0, 0, 0, 0}), 1);
  EXPECT_GT(measure_decoding(FakeDataset({.size = 8, .slow_images = {3, 6}})).unevenness, 2);
}

TEST(DecodingCost, OfBothIsByTheirImages) {
  const DecodingCost train{.images = 300, .bytes = 3000, .milliseconds_per_image = 8, .unevenness = 1.5};
  const DecodingCost validation{.images = 100, .bytes = 500, .milliseconds_per_image = 4};
  const DecodingCost both = together(train, validation);
  EXPECT_EQ(both.images, 400);
  EXPECT_EQ(both.bytes, 3500);
  EXPECT_DOUBLE_EQ(both.milliseconds_per_image, 7);
  EXPECT_EQ(both.unevenness, 1.5);
  EXPECT_DOUBLE_EQ(together(train, {.images = 100}).milliseconds_per_image, 8);  // nothing is known of the others
  EXPECT_EQ(together({}, {}).milliseconds_per_image, 0);
}

}  // namespace
}  // namespace seg
