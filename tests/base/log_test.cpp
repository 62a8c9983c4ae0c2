// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/support/recording_log.h"

namespace seg {
namespace {

using testing::RecordingLog;

TEST(Log, PassesLevelAndTextToTheSink) {
  RecordingLog log;
  log.verbose("a");
  log.info("b");
  log.warning("c");
  EXPECT_EQ(log.texts, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(log.levels, (std::vector<LogLevel>{LogLevel::verbose, LogLevel::info, LogLevel::warning}));
}

TEST(Log, SaysTheSameTextOnceHoweverManyThreadsSayIt) {
  RecordingLog log;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 100; ++k) log.warning_once("use_sync_bn has no effect");
      });
    }
  }
  log.info_once("another");
  EXPECT_EQ(log.texts.size(), 2U);
}

TEST(Log, TheSilentOneTakesEverything) {
  silent_log().info("nobody hears this");
  silent_log().warning_once("nor this");
}

}  // namespace
}  // namespace seg
