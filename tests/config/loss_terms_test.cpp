// SPDX-License-Identifier: Apache-2.0
#include "config/loss_terms.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(LossTerms, AreNamesWithWeights) {
  const std::vector<LossTermText> terms = loss_terms(" ohem+ 0.5 * dice +2e-1*lovasz");
  ASSERT_EQ(terms.size(), 3U);
  EXPECT_EQ(terms[0].name, "ohem");
  EXPECT_EQ(terms[0].weight, 1);
  EXPECT_EQ(terms[1].name, "dice");
  EXPECT_EQ(terms[1].weight, 0.5);
  EXPECT_EQ(terms[1].text, "0.5 * dice");
  EXPECT_EQ(terms[2].weight, 0.2);
}

TEST(LossTerms, WhatIsNoTermHasNoName) {
  for (const char* text :
       {"", "dise", "x*dice", "-1*ce", "0*ce", "inf*ce", "nan*ce", "2*", "*ce", "2*3*ce", "ce ohem"}) {
    const std::vector<LossTermText> terms = loss_terms(text);
    ASSERT_EQ(terms.size(), 1U) << text;
    EXPECT_EQ(terms[0].name, "") << text;
    EXPECT_EQ(terms[0].text, text);
  }
  EXPECT_EQ(loss_terms("ce +").at(1).name, "");
}

TEST(LossTerms, KnowMeansOverPixels) {
  for (const char* name : {"ohem", "ce", "focal"}) EXPECT_TRUE(is_mean_over_pixels(name)) << name;
  for (const char* name : {"dice", "lovasz", ""}) EXPECT_FALSE(is_mean_over_pixels(name)) << name;
  EXPECT_TRUE(has_mean_over_pixels("dice + 0.1*focal"));
  EXPECT_FALSE(has_mean_over_pixels("dice + lovasz"));
  EXPECT_TRUE(has_loss_term("dice + 0.1*focal", "focal"));
  EXPECT_FALSE(has_loss_term("dice + 0.1*focal", "ce"));
}

}  // namespace
}  // namespace seg
