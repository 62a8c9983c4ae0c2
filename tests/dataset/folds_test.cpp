// SPDX-License-Identifier: Apache-2.0
#include "dataset/folds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/problem_of.h"

namespace seg {
namespace {

std::vector<ImageAndLabel> pairs_of(const std::vector<int>& images_by_patient) {
  std::vector<ImageAndLabel> pairs;
  for (std::size_t p = 0; p < images_by_patient.size(); ++p)
    for (int i = 0; i < images_by_patient[p]; ++i) {
      const std::string name = "images/patient" + std::to_string(p) + "_" + std::to_string(i);
      pairs.push_back({.image = name + ".png", .label = name + "_mask.png", .stem = name});
    }
  return pairs;
}

std::vector<std::string> images_of(const std::vector<ImageAndLabel>& pairs) {
  std::vector<std::string> images;
  for (const ImageAndLabel& pair : pairs) images.push_back(pair.image);
  return images;
}

std::string patient_of(const std::string& image) { return image.substr(0, image.find('_')); }

TEST(Folds, EachPairValidatesOnceAndGroupsAreNeverOnBothSides) {
  const auto pairs = pairs_of({9, 1, 1, 4, 3, 7, 2, 2, 5, 6});
  const Folds folds = deal_folds(pairs, {.count = 4, .group_by = "(patient[0-9]+)_", .seed = 3}, "folder");
  ASSERT_EQ(folds.splits.size(), 4u);
  EXPECT_EQ(folds.num_groups, 10u);
  std::map<std::string, int> validated;
  for (const TrainSplit& split : folds.splits) {
    EXPECT_EQ(split.train.size() + split.validation.size(), pairs.size());
    std::set<std::string> train;
    for (const std::string& image : images_of(split.train)) train.insert(patient_of(image));
    for (const std::string& image : images_of(split.validation)) {
      ++validated[image];
      EXPECT_FALSE(train.contains(patient_of(image))) << image;
    }
    // 40 images in 4 folds; the greedy deal is never off by more than the smallest groups that follow.
    EXPECT_NEAR(static_cast<double>(split.validation.size()), 10, 1);
    EXPECT_TRUE(std::ranges::is_sorted(images_of(split.train)));
  }
  EXPECT_EQ(validated.size(), pairs.size());
  for (const auto& [image, times] : validated) EXPECT_EQ(times, 1) << image;
}

TEST(Folds, DependOnTheSeedAndNotOnTheOrderOfFiles) {
  auto pairs = pairs_of(std::vector<int>(30, 1));
  const auto validation = [&](std::uint64_t seed) {
    return images_of(deal_folds(pairs, {.count = 3, .group_by = "", .seed = seed}, "folder").splits[0].validation);
  };
  const auto first = validation(1), other = validation(2);
  EXPECT_EQ(first.size(), 10u);
  EXPECT_NE(first, other);
  std::ranges::reverse(pairs);
  EXPECT_EQ(validation(1), first);
}

TEST(Folds, ImagesForTestsAreLeftAlone) {
  auto pairs = pairs_of({3, 3, 3});
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i].part = i < 3 ? Part::train : i < 6 ? Part::validation : Part::test;
  const Folds folds = deal_folds(pairs, {.count = 2}, "folder");
  EXPECT_EQ(folds.splits[0].train.size() + folds.splits[0].validation.size(), 6u);
  EXPECT_EQ(folds.splits[1].left_alone, 3u);
}

TEST(Folds, ExpressionsAndCountsThatDoNotFitAreRefused) {
  const auto what_of = [](const FoldOptions& options) {
    return testing::problem_of([&] { deal_folds(pairs_of({2, 2, 2}), options, "folder"); }).what;
  };
  EXPECT_EQ(what_of({.count = 2, .group_by = "(patient"}), "is no regular expression");
  EXPECT_EQ(what_of({.count = 2, .group_by = "patient"}), "has no group in parentheses");
  EXPECT_EQ(what_of({.count = 2, .group_by = "(patient[01])_"}), "finds no group in images/patient2_0.png");
  EXPECT_EQ(what_of({.count = 4, .group_by = "(patient[0-9])"}), "the images are 3 groups, too few for 4 folds");
  EXPECT_EQ(what_of({.count = 7}), "the images are 6 groups, too few for 7 folds");
}

}  // namespace
}  // namespace seg
