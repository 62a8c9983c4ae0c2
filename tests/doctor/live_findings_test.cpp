// SPDX-License-Identifier: Apache-2.0
#include "doctor/live_findings.h"

#include <gtest/gtest.h>

#include <string>

namespace seg {
namespace {

Finding finding(const std::string& rule, bool is_dangerous = false, const std::string& evidence = "e") {
  Finding finding;
  finding.rule = rule;
  finding.evidence = evidence;
  finding.is_dangerous = is_dangerous;
  return finding;
}

// One letter a stretch: x shows the rule, . does not. What was told: + and -, elsewhere blanks.
std::string told(const std::string& stretches, bool is_dangerous = false) {
  LiveFindings live;
  std::string told;
  for (const char stretch : stretches) {
    const auto news = live.look_at(stretch == 'x' ? std::vector{finding("a", is_dangerous)} : std::vector<Finding>());
    told += news.empty() ? ' ' : news.front().has_come ? '+' : '-';
    EXPECT_LE(news.size(), 1U);
  }
  return told;
}

TEST(LiveFindings, ComeWithTheSecondStretchAndGoWithTheThirdWithout) {
  EXPECT_EQ(told("xxxx...."),  //
            " +    - ");
}

TEST(LiveFindings, NoiseIsNotTold) {
  EXPECT_EQ(told("x.x.x.x..x"), std::string(10, ' '));
  EXPECT_EQ(told("xxx..x..x..xx"), " +           ");
}

TEST(LiveFindings, ADangerIsToldAtOnce) { EXPECT_EQ(told("..x", true), "  +"); }

TEST(LiveFindings, WhatComesAndGoesAgainAndAgainIsToldMoreAndMoreSeldom) {
  EXPECT_EQ(told("xx...xxxx...xxxxxxxx"),  //
            " +  -   +  -       +");
  LiveFindings live;
  int num_told = 0;
  for (int i = 0; i < 1000; ++i)
    num_told += static_cast<int>(live.look_at(i % 5 < 2 ? std::vector{finding("a")} : std::vector<Finding>()).size());
  EXPECT_EQ(num_told, 2);
}

TEST(LiveFindings, StandInTheOrderInWhichTheyCameAsTheyWereSeenLast) {
  LiveFindings live;
  (void)live.look_at({finding("b")});
  (void)live.look_at({finding("b"), finding("a")});
  EXPECT_EQ(live.look_at({finding("a")}).size(), 1U);
  (void)live.look_at({finding("a", false, "newer")});
  std::vector<Finding> standing = live.standing();
  ASSERT_EQ(standing.size(), 2U);
  EXPECT_EQ(standing[0].rule, "b");
  EXPECT_EQ(standing[1].evidence, "newer");
  const std::vector<FindingNews> news = live.look_at({finding("a")});
  ASSERT_EQ(news.size(), 1U);
  EXPECT_FALSE(news[0].has_come);
  EXPECT_EQ(news[0].finding.rule, "b");
  EXPECT_EQ(live.standing().size(), 1U);
}

}  // namespace
}  // namespace seg
