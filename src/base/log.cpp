// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

namespace seg {
namespace {

class SilentLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

}  // namespace

bool Log::is_first(std::string_view text) {
  const std::lock_guard lock(mutex_);
  return said_.emplace(text).second;
}

void Log::info_once(std::string_view text) {
  if (is_first(text)) info(text);
}

void Log::warning_once(std::string_view text) {
  if (is_first(text)) warning(text);
}

Log& silent_log() {
  static SilentLog log;
  return log;
}

}  // namespace seg
