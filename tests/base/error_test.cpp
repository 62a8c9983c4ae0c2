// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <gtest/gtest.h>

#include "base/problem_watch.h"

namespace seg {
namespace {

TEST(Error, SaysWhereWhatAndWhatToTry) {
  try {
    fail("train.txt:3", "no such image", "check im_root");
    FAIL() << "did not throw";
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 1U);
    EXPECT_EQ(error.problems()[0].where, "train.txt:3");
    EXPECT_EQ(error.problems()[0].what, "no such image");
    EXPECT_EQ(error.problems()[0].remedy, "check im_root");
    EXPECT_STREQ(error.what(), "train.txt:3: no such image; try: check im_root");
  }
}

TEST(Error, CarriesEveryProblemOnALineOfItsOwn) {
  const UserError error(std::vector<Problem>{{"a", "is wrong", "mend it"}, {"b", "is missing", ""}});
  EXPECT_STREQ(error.what(), "a: is wrong; try: mend it\nb: is missing");
}

TEST(Error, NoProblemsAreNoError) {
  EXPECT_NO_THROW(fail_if_any({}));
  EXPECT_THROW(fail_if_any({{"a", "b", "c"}}), UserError);
}

std::vector<Problem>* seen = nullptr;

TEST(Error, IsToldToTheWatcherWithEachOfItsProblems) {
  std::vector<Problem> problems;
  seen = &problems;
  const ProblemWatcher former = watch_problems([](const Problem& problem) { seen->push_back(problem); });
  EXPECT_THROW(fail("a", "is there twice", "keep one"), UserError);
  EXPECT_THROW(fail_if_any({{"b", "is wrong", "mend it"}, {"c", "is missing", "add it"}}), UserError);
  watch_problems(former);
  EXPECT_THROW(fail("d", "is not watched", "nothing"), UserError);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].what, "is there twice");
  EXPECT_EQ(problems[2].remedy, "add it");
}

}  // namespace
}  // namespace seg
