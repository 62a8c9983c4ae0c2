// SPDX-License-Identifier: Apache-2.0
// A log that remembers what was said.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace seg::testing {

class RecordingLog final : public Log {
 public:
  void write(LogLevel, std::string_view text) override { texts.emplace_back(text); }
  std::vector<std::string> texts;
};

}  // namespace seg::testing
