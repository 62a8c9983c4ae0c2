// SPDX-License-Identifier: Apache-2.0
#include "base/collect_problems.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(CollectProblems, AddsWhatTheUserCanMend) {
  std::vector<Problem> problems = {{"before", "", ""}};
  EXPECT_TRUE(collect_problems(problems, [] {}));
  EXPECT_FALSE(collect_problems(problems, [] { throw UserError(std::vector<Problem>{{"a", "", ""}, {"b", "", ""}}); }));
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].where, "before");
  EXPECT_EQ(problems[2].where, "b");
}

TEST(CollectProblems, LetsEverythingElsePass) {
  std::vector<Problem> problems;
  EXPECT_THROW(collect_problems(problems, [] { throw std::runtime_error("a bug"); }), std::runtime_error);
  EXPECT_TRUE(problems.empty());
}

}  // namespace
}  // namespace seg
