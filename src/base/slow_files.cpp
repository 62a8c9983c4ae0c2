// SPDX-License-Identifier: Apache-2.0
#include "base/slow_files.h"

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/error.h"

namespace seg {

void SlowFiles::read(const std::string& path, Bytes& bytes) const {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds_));
  source_.read(path, bytes);
}

void SlowFiles::read_start(const std::string& path, std::size_t count, Bytes& bytes) const {
  source_.read_start(path, count, bytes);
}

void SlowFiles::read_end(const std::string& path, std::size_t count, Bytes& bytes) const {
  source_.read_end(path, count, bytes);
}

std::string SlowFiles::why_unreadable(const std::string& path) const { return source_.why_unreadable(path); }

void SlowFiles::announce(const std::string& path) const { source_.announce(path); }

std::optional<double> read_delay_of(const char* milliseconds) noexcept {
  constexpr double kLongest = 10'000;
  if (milliseconds == nullptr || *milliseconds == '\0') return 0;
  char* end = nullptr;
  const double value = std::strtod(milliseconds, &end);
  return *end == '\0' && value >= 0 && value <= kLongest ? std::optional(value / 1000) : std::nullopt;
}

void tell_read_delay(const char* milliseconds, Log& log) {
  const std::optional<double> seconds = read_delay_of(milliseconds);
  const std::string variable = std::string(kReadDelayVariable) + "=" + (milliseconds != nullptr ? milliseconds : "");
  if (!seconds)
    fail(variable, "is no number of milliseconds from 0 to 10000",
         "unset " + std::string(kReadDelayVariable) + ", which stages a slow disk");
  if (*seconds > 0)
    log.warning(variable + " stands in the environment: every read of a file takes so many milliseconds longer");
}

}  // namespace seg
