// SPDX-License-Identifier: Apache-2.0
// Keeps what it is told.
#pragma once
#include <string>
#include <vector>

#include "base/log.h"

namespace seg::testing {

class RecordingLog final : public Log {
 public:
  void write(LogLevel level, std::string_view text) override {
    (level == LogLevel::warning ? warnings : messages).emplace_back(text);
  }

  std::vector<std::string> messages, warnings;
};

}  // namespace seg::testing
