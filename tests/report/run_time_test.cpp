// SPDX-License-Identifier: Apache-2.0
#include "report/run_time.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/report/run_lines.h"
#include "tests/report/well_formed.h"

namespace seg {
namespace {

TEST(RunTime, TellsPhasesOverTimeAndInTotal) {
  const RunHistory history = history_of(testing::start_line(1000) + testing::step_line(10, 1100, 8, 10, 0.5) +
                                            testing::step_line(20, 1200, 4, 10, 0) + testing::end_line(20, 1300),
                                        "ss");
  const std::string html = time_html(history);
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("minutes of the run"), std::string::npos);
  EXPECT_NE(html.find("waiting for data</td><td class=\"number\">50 s</td><td class=\"number\">17 %"),
            std::string::npos)
      << html;
  EXPECT_NE(html.find(">5:00<"), std::string::npos) << "of all";
}

TEST(RunTime, WhatComesBehindTheLastLineIsDrawnToo) {
  const auto drawn = [](double end) {
    return time_html(history_of(testing::start_line(1000) + testing::step_line(10, 1100, 8, 10, 0.5) +
                                    testing::step_line(20, 1200, 4, 10, 0) + testing::end_line(20, end),
                                "ss"));
  };
  const auto num_points = [](const std::string& html) {
    const std::string path = html.substr(html.find("<path"), html.find("/>", html.find("<path")) - html.find("<path"));
    return std::ranges::count(path, ',') + std::ranges::count(path, ' ');
  };
  EXPECT_GT(num_points(drawn(1300)), num_points(drawn(1200)));
}

TEST(RunTime, WithoutStepsSaysSo) {
  EXPECT_NE(time_html(history_of(testing::start_line(1), "ss")).find("No line about steps yet"), std::string::npos);
}

TEST(RunTime, PhasesHaveNamesForPeople) {
  EXPECT_EQ(name_of_phase(Phase::data_wait), "waiting for data");
  EXPECT_EQ(name_of_phase(Phase::other), "other");
}

}  // namespace
}  // namespace seg
