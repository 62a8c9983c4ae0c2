// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "tests/dataset/one_row.h"

namespace seg {
namespace {

using testing::OneRow;

DatasetConfig config() { return testing::config_of_kind("CocoStuff"); }

TEST(CocoStuff, IdsBecomeClassesByRank) {
  // Runs of ids without a gap, and how many ids are missing before each.
  const std::vector<std::array<int, 3>> runs = {{0, 10, 0},  {12, 24, 1}, {26, 27, 2}, {30, 43, 4},  {45, 64, 5},
                                                {66, 66, 6}, {69, 69, 8}, {71, 81, 9}, {83, 89, 10}, {91, 181, 11}};
  std::vector<int> ids, classes;
  for (const auto& [first, last, missing] : runs)
    for (int id = first; id <= last; ++id) {
      ids.push_back(id);
      classes.push_back(id - missing);
    }
  ASSERT_EQ(ids.size(), 171u);
  EXPECT_EQ(OneRow(ids).mapped(config()), classes);
  EXPECT_EQ(OneRow({255}).mapped(config()), std::vector<int>{255});
}

TEST(CocoStuff, MissingAndImpossibleIdsDoNotCollideWithClasses) {
  std::vector<int> unknown = {11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90};
  for (int value = 182; value < 255; ++value) unknown.push_back(value);
  for (const int value : unknown) {
    const OneRow row({0, value, value});
    try {
      row.mapped(config());
      ADD_FAILURE() << value;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().at(0).where, row.label_path());
      EXPECT_TRUE(error.problems()[0].what.starts_with("label " + std::to_string(value) + " in 2 pixels"));
    }
  }
}

TEST(CocoStuff, Knows171Classes) {
  const auto dataset = OneRow({0}).open(config());
  const DatasetTraits& traits = dataset->traits();
  EXPECT_EQ(traits.num_classes, 171);
  ASSERT_EQ(traits.class_names.size(), 171u);
  // Names of a few ids, where COCO's own list has them (less one): before and after gaps.
  const std::map<int, std::string> names = {{0, "person"},      {10, "fire hydrant"}, {12, "stop sign"},
                                            {89, "toothbrush"}, {91, "banner"},       {148, "road"},
                                            {156, "sky-other"}, {181, "wood"}};
  for (const auto& [id, name] : names)
    EXPECT_EQ(traits.class_names[static_cast<std::size_t>(OneRow({id}).mapped(config())[0])], name);
  EXPECT_EQ(traits.mean, (std::vector<double>{0.46962251, 0.4464104, 0.40718787}));
  EXPECT_EQ(traits.std, (std::vector<double>{0.27469736, 0.27012361, 0.28515933}));
}

}  // namespace
}  // namespace seg
