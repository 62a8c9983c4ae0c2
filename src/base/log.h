// SPDX-License-Identifier: Apache-2.0
// Where the library's messages for people go. The library never prints; the program injects a sink.
//
// Thread-safe if the sink's write() is; the sinks of this project are.
#pragma once
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace seg {

enum class LogLevel { verbose, info, warning };

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view text) = 0;  // one message, without a newline at its end

  void verbose(std::string_view text) { write(LogLevel::verbose, text); }
  void info(std::string_view text) { write(LogLevel::info, text); }
  void warning(std::string_view text) { write(LogLevel::warning, text); }
  void info_once(std::string_view text);  // the same text is written once in the life of this log
  void warning_once(std::string_view text);

 private:
  bool is_first(std::string_view text);

  std::mutex mutex_;
  std::set<std::string, std::less<>> said_;
};

// Drops everything. For tests and for callers who do not care.
Log& silent_log();

}  // namespace seg
