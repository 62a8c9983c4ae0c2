// SPDX-License-Identifier: Apache-2.0
// A log that remembers what was said. Thread-safe while it is written to.
#pragma once
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace seg::testing {

class RecordingLog final : public Log {
 public:
  void write(LogLevel level, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    texts.emplace_back(text);
    levels.push_back(level);
    if (level == LogLevel::warning) warnings.emplace_back(text);
  }

  std::vector<std::string> texts;  // all of them
  std::vector<LogLevel> levels;    // of the texts
  std::vector<std::string> warnings;

 private:
  std::mutex mutex_;
};

}  // namespace seg::testing
