// SPDX-License-Identifier: Apache-2.0
#include "config/python_expression.h"

#include <gtest/gtest.h>

#include "tests/support/problem_of.h"

namespace seg {
namespace {

using Lines = std::vector<std::size_t>;

// What a source begins with, and the word that follows.
std::string value_and_rest(std::string_view source) {
  PythonTokens tokens(source, "my.py");
  PythonExpression expression(tokens);
  const std::string value = text_of(expression.read());
  return value + " | " + tokens.next().text;
}

TEST(PythonExpression, TakesOneValueAndLeavesWhatFollows) {
  EXPECT_EQ(value_and_rest("1 + 2 * 3, 4"), "7 | ,");
  EXPECT_EQ(value_and_rest("('a' 'b'): 1"), "\"ab\" | :");
  EXPECT_EQ(value_and_rest("[1, (2, 3), {4: None}] ]"), "[1, [2, 3], {4 = None}] | ]");
  EXPECT_EQ(value_and_rest("dict(a=-2**2) if x"), "{a = -4} | if");
}

TEST(PythonExpression, KnowsTheLinesOfTheOutermostDict) {
  PythonTokens tokens("dict(a=1,\nb=dict(x=1, y=2, z=3),\n\nc={})", "my.py");
  PythonExpression expression(tokens);
  (void)expression.read();
  EXPECT_EQ(expression.lines_of_last_table(), (Lines{1, 2, 4}));
}

TEST(PythonExpression, MayBeReadAgainAfterARefusal) {
  PythonTokens tokens("[[x, 1], 2", "my.py");
  PythonExpression expression(tokens);
  EXPECT_EQ(testing::problem_of([&] { (void)expression.read(); }).what, "the name x ([[x, 1], 2)");
  tokens.take();
  EXPECT_EQ(text_of(expression.read()), "1");
}

TEST(PythonExpression, SaysInWordsWhatANameRefersTo) {
  const auto referred = [](std::string_view source) {
    PythonTokens tokens(source, "my.py");
    PythonExpression expression(tokens);
    return expression.referred(tokens.take().text);
  };
  EXPECT_EQ(referred("x"), "the name x");
  EXPECT_EQ(referred("os.path"), "the attribute os.path");
  EXPECT_EQ(referred("os.getcwd()"), "the call os.getcwd()");
  EXPECT_EQ(referred("a.b[0]"), "an index into a.b");
}

TEST(PythonExpression, WhatNoRuleAcceptsIsNamed) {
  const auto what = [](std::string_view source) {
    PythonTokens tokens(source, "my.py");
    PythonExpression expression(tokens);
    return testing::problem_of([&] { expression.refuse_next(); }).what;
  };
  EXPECT_EQ(what("for x in y"), "a comprehension (for x in y)");
  EXPECT_EQ(what("<= 3"), "the operator <= (<= 3)");
  EXPECT_EQ(what(", 3"), "unexpected: , (, 3)");
  EXPECT_EQ(what(""), "the file ends too early ()");
}

}  // namespace
}  // namespace seg
