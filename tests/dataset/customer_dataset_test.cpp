// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/dataset/one_row.h"

namespace seg {
namespace {

TEST(CustomerDataset, TakesLabelsAsTheyAreAndKnowsNothingOfClasses) {
  const auto values = testing::all_values(0, 255);
  const testing::OneRow row(values);
  const DatasetConfig config = testing::config_of_kind("CustomerDataset");
  EXPECT_EQ(row.mapped(config), values);
  const auto dataset = row.open(config);
  EXPECT_EQ(dataset->traits().num_classes, std::nullopt);
  EXPECT_TRUE(dataset->traits().class_names.empty());
  EXPECT_EQ(dataset->traits().label_map, "none");
  EXPECT_EQ(dataset->traits().mean, std::vector<double>(3, 0.4));
  EXPECT_EQ(dataset->traits().std, std::vector<double>(3, 0.2));
}

}  // namespace
}  // namespace seg
