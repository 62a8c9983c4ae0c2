// SPDX-License-Identifier: Apache-2.0
#include "cli/problem_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace seg {
namespace {

bool are_equal(const std::vector<Problem>& some, const std::vector<Problem>& others) {
  return std::ranges::equal(some, others, [](const Problem& one, const Problem& other) {
    return one.where == other.where && one.what == other.what && one.remedy == other.remedy;
  });
}

TEST(ProblemText, IsReadBack) {
  const std::vector<Problem> problems = {{"a.png", "is damaged:\nthere is no end", "another copy"},
                                         {"memory", "too little", "more: memory_limit=2"}};
  EXPECT_EQ(problems_text({problems[1]}), "error: memory\n  what: too little\n  try:  more: memory_limit=2\n");
  EXPECT_TRUE(are_equal(problems_from(problems_text(problems)), problems));
  EXPECT_TRUE(are_equal(problems_from("warning: slow\n" + problems_text(problems) + "and more\n"), problems));
}

TEST(ProblemText, WhatIsNoProblemIsNone) {
  for (const char* text : {"", "error: ", "error: a\n  what: b\n", "  what: b\n  try:  c\n", "stopped\n"})
    EXPECT_TRUE(problems_from(text).empty()) << text;
}

}  // namespace
}  // namespace seg
