// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"

#include <gtest/gtest.h>

#include "config/dataset.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::problem_of;

TEST(OpenDataset, UnknownKindsAreRefusedWithTheKnownOnes) {
  DatasetConfig config;
  config.dataset = "Pascal";
  const Problem problem = problem_of([&] { open_dataset(config, Split::train); });
  EXPECT_EQ(problem.where, "dataset");
  EXPECT_NE(problem.what.find("Pascal"), std::string::npos);
  EXPECT_NE(problem.remedy.find("CustomerDataset"), std::string::npos);
  EXPECT_NE(problem.remedy.find("Synthetic"), std::string::npos);
}

TEST(ResolveNumClasses, TheNetworkHasAtLeastTheClassesOfTheData) {
  DatasetTraits unknown, eleven;
  eleven.num_classes = 11;
  EXPECT_EQ(resolve_num_classes(unknown, "CustomerDataset", 19), 19);
  EXPECT_EQ(resolve_num_classes(eleven, "Synthetic", std::nullopt), 11);
  EXPECT_EQ(resolve_num_classes(eleven, "Synthetic", 11), 11);
  EXPECT_EQ(resolve_num_classes(eleven, "Synthetic", 19), 19);
  EXPECT_EQ(problem_of([&] { resolve_num_classes(unknown, "CustomerDataset", std::nullopt); }).where, "n_cats");
  const Problem problem = problem_of([&] { resolve_num_classes(eleven, "Synthetic", 9); });
  EXPECT_EQ(problem.what, "is 9, but Synthetic has 11 classes");
  EXPECT_EQ(problem.remedy, "n_cats=11");
}

TEST(Split, HasAName) {
  EXPECT_EQ(name_of(Split::train), "train");
  EXPECT_EQ(name_of(Split::validation), "validation");
}

}  // namespace
}  // namespace seg
