// SPDX-License-Identifier: Apache-2.0
#include "dataset/problem_list.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(ProblemList, KeepsTheFirstOfEachKindAndCountsTheRest) {
  ProblemList list("train.txt", 2);
  EXPECT_TRUE(list.empty());
  for (int i = 0; i < 5; ++i) list.add("broken lines", {"line " + std::to_string(i), "is broken", "mend it"});
  list.add("missing files", {"a.png", "is missing", "find it"});
  EXPECT_EQ(list.total(), 6u);
  const auto all = list.result();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1].where, "line 1");
  EXPECT_EQ(all[2].where, "a.png");
  EXPECT_EQ(all[3].where, "train.txt");
  EXPECT_EQ(all[3].what, "and 3 more broken lines");
  EXPECT_EQ(all[3].remedy, "mend it");
}

TEST(ProblemList, KeepsOneMoreWholeInsteadOfCountingIt) {
  ProblemList list("train.txt", 2);
  for (int i = 0; i < 3; ++i) list.add("broken lines", {"line " + std::to_string(i), "is broken", "mend it"});
  const auto all = list.result();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[2].where, "line 2");
  EXPECT_EQ(all[2].what, "is broken");
}

}  // namespace
}  // namespace seg
