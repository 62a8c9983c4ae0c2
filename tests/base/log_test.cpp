// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

namespace seg {
namespace {

class RecordingLog final : public Log {
 public:
  void write(LogLevel level, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    lines.emplace_back(level, text);
  }
  std::vector<std::pair<LogLevel, std::string>> lines;

 private:
  std::mutex mutex_;
};

TEST(Log, PassesLevelAndTextToTheSink) {
  RecordingLog log;
  log.verbose("a");
  log.info("b");
  log.warning("c");
  using Lines = decltype(log.lines);
  EXPECT_EQ(log.lines, (Lines{{LogLevel::verbose, "a"}, {LogLevel::info, "b"}, {LogLevel::warning, "c"}}));
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
  EXPECT_EQ(log.lines.size(), 2U);
}

TEST(Log, TheSilentOneTakesEverything) {
  silent_log().info("nobody hears this");
  silent_log().warning_once("nor this");
}

}  // namespace
}  // namespace seg
