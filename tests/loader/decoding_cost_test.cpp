// SPDX-License-Identifier: Apache-2.0
#include "loader/decoding_cost.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

TEST(DecodingCost, IsMeasuredOnSomeSamplesOfEachDataSet) {
  const FakeDataset train({.size = 100, .sizes_differ = false, .bad = {0}, .is_slow = true});
  const FakeDataset validation({.size = 10, .sizes_differ = false});
  const std::array<const Dataset*, 2> datasets = {&train, &validation};
  const DecodingCost cost = measure_decoding(datasets);
  EXPECT_EQ(cost.images, 110);
  EXPECT_GE(cost.bytes, 110 * 40 * 60 * 3);
  EXPECT_LE(cost.bytes, 110 * 40 * 60 * 4);
  EXPECT_GT(cost.milliseconds_per_image, 0);
}

TEST(DecodingCost, IsNothingWhereNothingCanBeRead) {
  const FakeDataset dataset({.size = 1, .bad = {0}});
  const std::array<const Dataset*, 1> datasets = {&dataset};
  EXPECT_EQ(measure_decoding(datasets).bytes, 0);
}

}  // namespace
}  // namespace seg
