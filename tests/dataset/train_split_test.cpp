// SPDX-License-Identifier: Apache-2.0
#include "dataset/train_split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace seg {
namespace {

using Pairs = std::vector<ImageAndLabel>;

ImageAndLabel pair(int number, Part part = Part::none) {
  const std::string name = "frame_" + std::to_string(1000 + number);
  return {.image = name + ".png", .label = name + "_mask.png", .stem = name, .part = part};
}

Pairs pairs(int count) {
  Pairs all;
  for (int i = 0; i < count; ++i) all.push_back(pair(i));
  return all;
}

std::set<std::string> images(const Pairs& some) {
  std::set<std::string> names;
  for (const ImageAndLabel& one : some) names.insert(one.image);
  return names;
}

TEST(TrainSplitOf, TakesTheShareAskedForAndLosesNothing) {
  const TrainSplit split = split_pairs(pairs(50), 0.2, "data");
  EXPECT_EQ(split.validation.size(), 10u);
  EXPECT_EQ(split.train.size(), 40u);
  EXPECT_FALSE(split.is_given);
  std::set<std::string> all = images(split.train);
  all.merge(images(split.validation));
  EXPECT_EQ(all.size(), 50u);
  EXPECT_TRUE(std::ranges::is_sorted(split.train, {}, &ImageAndLabel::image));
  EXPECT_TRUE(std::ranges::is_sorted(split.validation, {}, &ImageAndLabel::image));
}

TEST(TrainSplitOf, DependsOnNamesAlone) {
  Pairs shuffled = pairs(50);
  std::ranges::reverse(shuffled);
  for (ImageAndLabel& one : shuffled) one.label = "elsewhere/" + one.label;
  EXPECT_EQ(images(split_pairs(shuffled, 0.2, "data").validation),
            images(split_pairs(pairs(50), 0.2, "data").validation));
}

TEST(TrainSplitOf, HardlyChangesWhenFilesAreAdded) {
  const auto before = images(split_pairs(pairs(200), 0.2, "data").validation);
  const auto after = images(split_pairs(pairs(210), 0.2, "data").validation);
  std::size_t kept = 0;
  for (const std::string& name : before) kept += after.count(name);
  EXPECT_GE(kept, before.size() - 4);
}

TEST(TrainSplitOf, IsSpreadOverConsecutiveNames) {
  // Neither every n-th nor one block: of 20 blocks of 10 names some have none, none has most.
  const auto chosen = images(split_pairs(pairs(200), 0.2, "data").validation);
  for (int block = 0; block < 20; ++block) {
    int count = 0;
    for (int i = 0; i < 10; ++i) count += static_cast<int>(chosen.count(pair(block * 10 + i).image));
    EXPECT_LE(count, 7);
  }
}

TEST(TrainSplitOf, LeavesAtLeastOneForEach) {
  EXPECT_EQ(split_pairs(pairs(3), 0.01, "data").validation.size(), 1u);
  EXPECT_EQ(split_pairs(pairs(3), 0.99, "data").train.size(), 1u);
  EXPECT_EQ(split_pairs(pairs(2), 0.5, "data").train.size(), 1u);
  EXPECT_THROW(split_pairs(pairs(1), 0.5, "data"), UserError);
}

TEST(TrainSplitOf, FollowsFolders) {
  const TrainSplit split =
      split_pairs({pair(1, Part::train), pair(2, Part::validation), pair(3, Part::test), pair(4, Part::train), pair(5)},
                  0.9, "data");
  EXPECT_TRUE(split.is_given);
  EXPECT_EQ(images(split.validation), images({pair(2)}));
  EXPECT_EQ(images(split.train), images({pair(1), pair(4), pair(5)}));
  EXPECT_EQ(split.left_alone, 1u);
}

TEST(TrainSplitOf, WithoutValidationFolderTheTestsAreStillLeftAlone) {
  const TrainSplit split = split_pairs({pair(1, Part::train), pair(2, Part::train), pair(3, Part::test)}, 0.5, "data");
  EXPECT_FALSE(split.is_given);
  EXPECT_EQ(split.left_alone, 1u);
  EXPECT_EQ(split.train.size() + split.validation.size(), 2u);
  EXPECT_EQ(images(split.train).count(pair(3).image) + images(split.validation).count(pair(3).image), 0u);
}

TEST(TrainSplitOf, WithoutATrainingFolderPartsSayNothing) {
  const TrainSplit split =
      split_pairs({pair(1, Part::test), pair(2, Part::test), pair(3, Part::validation)}, 0.3, "data");
  EXPECT_EQ(split.train.size(), 2u);
  EXPECT_EQ(split.validation.size(), 1u);
  EXPECT_EQ(split.left_alone, 0u);
}

}  // namespace
}  // namespace seg
