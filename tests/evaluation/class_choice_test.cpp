// SPDX-License-Identifier: Apache-2.0
#include "evaluation/class_choice.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace seg {
namespace {

const ClassList kClasses{.count = 4, .names = {"road", "traffic light", "1"}};

Problem refusal(std::string_view text, bool with_number = false) {
  try {
    if (with_number)
      (void)find_class_and_probability(text, kClasses, "--threshold");
    else
      (void)find_class(text, kClasses, "--probabilities");
  } catch (const UserError& error) {
    return error.problems().front();
  }
  ADD_FAILURE() << text;
  return {};
}

TEST(ClassChoice, ByNameOrNumberAndTheNameWins) {
  EXPECT_EQ(find_class("road", kClasses, "x"), 0);
  EXPECT_EQ(find_class("traffic light", kClasses, "x"), 1);
  EXPECT_EQ(find_class("3", kClasses, "x"), 3);
  EXPECT_EQ(find_class("1", kClasses, "x"), 2);
}

TEST(ClassChoice, WhatIsNoClassIsRefusedWithTheNearestName) {
  for (const char* text : {"", "4", "-1", "3x", "sky"}) EXPECT_EQ(refusal(text).where, "--probabilities");
  EXPECT_NE(refusal("raod").remedy.find("\"road\""), std::string::npos);
  EXPECT_NE(refusal("sky").remedy.find("0 to 3"), std::string::npos);
}

TEST(ClassChoice, NamesOfAll) {
  EXPECT_EQ(class_name(1, kClasses), "traffic light");
  EXPECT_EQ(class_name(3, kClasses), "class 3");
}

TEST(ClassChoice, WithAProbability) {
  const ClassAndNumber found = find_class_and_probability("traffic light=0.25", kClasses, "x");
  EXPECT_EQ(found.class_id, 1);
  EXPECT_EQ(found.number, 0.25);
  for (const char* text : {"road", "road=", "road=1.5", "road=-0.1", "road=nan", "road=half", "=0.5", "sky=0.5"})
    EXPECT_EQ(refusal(text, true).where, "--threshold") << text;
}

}  // namespace
}  // namespace seg
