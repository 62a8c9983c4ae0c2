// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_mistakes.h"

#include <gtest/gtest.h>

#include <map>

namespace seg {
namespace {

using Pixels = std::map<std::size_t, std::int64_t>;  // of each value

LabelHistogram histogram(const Pixels& pixels) {
  LabelHistogram counts{};
  for (const auto& [value, count] : pixels) counts[value] = count;
  return counts;
}

// Without a map.
LabelEvidence plain(const Pixels& pixels, std::int64_t num_classes) {
  return {.in_files = histogram(pixels), .classes = histogram(pixels), .num_classes = num_classes};
}

LabelEvidence mapped(const Pixels& in_files, const Pixels& classes, const char* map) {
  return {.in_files = histogram(in_files), .classes = histogram(classes), .num_classes = 19, .label_map = map};
}

TEST(LabelMistakes, TrainIdsThatWouldBeMappedAgainAreFound) {
  // Shares of Cityscapes: road, pavement, building, vegetation, sky, car.
  const Pixels train_ids = {{0, 37}, {1, 6}, {2, 23}, {8, 16}, {10, 4}, {13, 7}, {18, 1}, {255, 12}};
  const Pixels remapped = {{1, 16}, {4, 7}, {255, 83}};
  const auto mistake = mistake_in(mapped(train_ids, remapped, "cityscapes"), Split::train);
  ASSERT_TRUE(mistake.has_value());
  EXPECT_NE(mistake->what.find("seem to hold trainIds"), std::string::npos);
  EXPECT_NE(mistake->what.find("ignore 76 %"), std::string::npos) << mistake->what;
  EXPECT_NE(mistake->remedy.find("label_map = \"none\""), std::string::npos);
  EXPECT_TRUE(mistake_in(mapped(train_ids, remapped, "cityscapes"), Split::validation).has_value());
}

TEST(LabelMistakes, LabelIdsAreWhatTheMapExpects) {
  const Pixels label_ids = {{1, 5}, {3, 5}, {4, 2}, {7, 33}, {8, 5}, {11, 20}, {21, 15}, {23, 4}, {26, 7}};
  const Pixels classes = {{0, 33}, {1, 5}, {2, 20}, {8, 15}, {10, 4}, {13, 7}, {255, 12}};
  EXPECT_FALSE(mistake_in(mapped(label_ids, classes, "cityscapes"), Split::train).has_value());
  // Few images with small ids only, most of them evaluated.
  EXPECT_FALSE(mistake_in(mapped({{4, 3}, {7, 33}, {11, 20}}, {{0, 33}, {2, 20}, {255, 3}}, "cityscapes"), Split::train)
                   .has_value());
}

TEST(LabelMistakes, IdsOfAPublicDataSetWithoutItsMapAreRecognised) {
  EXPECT_TRUE(
      remedy_for_values(plain({{4, 2}, {7, 33}, {11, 20}, {26, 7}}, 19)).starts_with("label_map = \"cityscapes\""));
  EXPECT_TRUE(remedy_for_values(plain({{0, 2}, {33, 7}, {255, 9}}, 19)).starts_with("these look like masks"));
  EXPECT_TRUE(remedy_for_values(plain({{0, 2}, {3, 3}, {150, 7}}, 150)).starts_with("label_map = \"ade20k\""));
  EXPECT_TRUE(remedy_for_values(plain({{0, 2}, {3, 3}, {181, 7}}, 171)).starts_with("label_map = \"cocostuff\""));
  EXPECT_TRUE(remedy_for_values(plain({{0, 2}, {3, 3}, {34, 7}}, 19)).starts_with("lb_ignore = 34"));
  EXPECT_TRUE(remedy_for_values(plain({{0, 2}, {3, 3}, {26, 7}}, 21)).starts_with("lb_ignore = 26"));
}

TEST(LabelMistakes, MasksOfWhichOneValueIsIgnoredTeachNothing) {
  const auto mistake = mistake_in(plain({{0, 90}, {255, 10}}, 2), Split::train);
  ASSERT_TRUE(mistake.has_value());
  EXPECT_NE(mistake->what.find("only one class is left"), std::string::npos);
  EXPECT_EQ(mistake->remedy, "if the labels are masks of 0 and 255: label_map = {0=0, 255=1} and n_cats = 2");
  EXPECT_FALSE(mistake_in(plain({{0, 90}, {255, 10}}, 2), Split::validation).has_value());
  EXPECT_FALSE(mistake_in(plain({{0, 90}, {1, 1}, {255, 10}}, 2), Split::train).has_value());
  EXPECT_FALSE(mistake_in(plain({{0, 90}}, 2), Split::train).has_value());
  EXPECT_NE(mistake_in(plain({{255, 10}}, 2), Split::validation)->what.find("every pixel is ignored"),
            std::string::npos);
}

}  // namespace
}  // namespace seg
