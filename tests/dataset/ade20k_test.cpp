// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/dataset/one_row.h"

namespace seg {
namespace {

using testing::all_values, testing::OneRow;

DatasetConfig config() { return testing::config_of_kind("ADE20k"); }

TEST(Ade20k, ClassesCountFromOneAndZeroIsIgnored) {
  std::vector<int> expected = {255};
  for (int value = 1; value < 200; ++value) expected.push_back(value - 1);
  EXPECT_EQ(OneRow(all_values(0, 199)).mapped(config()), expected);
}

TEST(Ade20k, Knows150Classes) {
  const auto dataset = OneRow({0}).open(config());
  EXPECT_EQ(dataset->traits().num_classes, 150);
  ASSERT_EQ(dataset->traits().class_names.size(), 150u);
  EXPECT_EQ(dataset->traits().class_names[0], "wall");
  EXPECT_EQ(dataset->traits().class_names[12], "person");
  EXPECT_EQ(dataset->traits().class_names[149], "flag");
  EXPECT_EQ(dataset->traits().label_map, "ade20k");
  EXPECT_EQ(dataset->traits().mean, (std::vector<double>{0.49343230, 0.46819794, 0.43106043}));
  EXPECT_EQ(dataset->traits().std, (std::vector<double>{0.25680755, 0.25506608, 0.27422913}));
}

TEST(Ade20k, LabelsFrom200OnAreNamedWithTheirFile) {
  for (int value = 200; value < 256; ++value) {
    const OneRow row({1, value});
    try {
      row.mapped(config());
      ADD_FAILURE() << value;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().at(0).where, row.label_path());
      EXPECT_TRUE(error.problems()[0].what.starts_with("label " + std::to_string(value) + " in 1 pixel, at row 0, "));
      EXPECT_NE(error.problems()[0].remedy.find("label_map = \"none\""), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace seg
