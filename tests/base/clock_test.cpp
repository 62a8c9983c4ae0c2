// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <regex>
#include <thread>

namespace seg {
namespace {

TEST(Clock, MeasuresASleep) {
  const double before = seconds_now();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_GE(seconds_now() - before, 0.020);
}

TEST(Clock, CountsUnixTimeInSeconds) { EXPECT_NEAR(unix_time_now(), static_cast<double>(std::time(nullptr)), 2.0); }

TEST(Clock, WritesLocalTimeForPeople) {
  EXPECT_TRUE(std::regex_match(local_time_text(), std::regex(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")));
}

}  // namespace
}  // namespace seg
