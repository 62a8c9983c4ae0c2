// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/dataset/one_row.h"

namespace seg {
namespace {

using testing::all_values, testing::OneRow;

DatasetConfig config() { return testing::config_of_kind("CityScapes"); }

TEST(CityScapes, MapsTheIdsOfLabelFilesToClasses) {
  // trainId of the ids 0 to 33, as the data set's own table of labels has them.
  const std::vector<int> train_ids = {255, 255, 255, 255, 255, 255, 255, 0,  1,  255, 255, 2,  3,   4,   255, 255, 255,
                                      5,   255, 6,   7,   8,   9,   10,  11, 12, 13,  14,  15, 255, 255, 16,  17,  18};
  EXPECT_EQ(OneRow(all_values(0, 33)).mapped(config()), train_ids);
  EXPECT_EQ(OneRow({255, 26}).mapped(config()), (std::vector<int>{255, 13}));
  DatasetConfig other = config();
  other.lb_ignore = 200;
  EXPECT_EQ(OneRow({255, 0, 7}).mapped(other), (std::vector<int>{200, 200, 0}));
}

TEST(CityScapes, ClassesMayBeInTheFilesAlready) {
  DatasetConfig as_they_are = config();
  as_they_are.label_map = "none";
  const OneRow row({0, 18, 255});
  EXPECT_EQ(row.mapped(as_they_are), (std::vector<int>{0, 18, 255}));
  EXPECT_EQ(row.open(as_they_are)->traits().num_classes, 19);
}

TEST(CityScapes, KnowsItsClassesAndColours) {
  const auto dataset = OneRow({0}).open(config());
  const DatasetTraits& traits = dataset->traits();
  EXPECT_EQ(traits.num_classes, 19);
  ASSERT_EQ(traits.class_names.size(), 19u);
  EXPECT_EQ(traits.class_names[0], "road");
  EXPECT_EQ(traits.class_names[13], "car");
  EXPECT_EQ(traits.class_names[18], "bicycle");
  ASSERT_EQ(traits.palette.size(), 19u);
  EXPECT_EQ(traits.palette[13], (Rgb{0, 0, 142}));
  EXPECT_EQ(traits.label_map, "cityscapes");
  EXPECT_EQ(traits.mean, (std::vector<double>{0.3257, 0.3690, 0.3223}));
  EXPECT_EQ(traits.std, (std::vector<double>{0.2112, 0.2148, 0.2115}));
}

TEST(CityScapes, AnIdThatDoesNotExistIsNamedWithItsFile) {
  const OneRow row({7, 34, 34, 8});
  try {
    row.mapped(config());
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, row.label_path());
    EXPECT_EQ(error.problems()[0].what,
              "label 34 in 2 pixels, the first at row 0, column 1; label_map = \"cityscapes\" knows no such value");
    EXPECT_NE(error.problems()[0].remedy.find("0 to 33"), std::string::npos);
  }
}

}  // namespace
}  // namespace seg
