// SPDX-License-Identifier: Apache-2.0
#include "base/slow_files.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <thread>

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

double read_delay_of(const char* milliseconds) noexcept {
  constexpr double kLongest = 10'000;
  const double value = milliseconds == nullptr ? 0 : std::strtod(milliseconds, nullptr);
  return std::isfinite(value) ? std::clamp(value, 0.0, kLongest) / 1000 : 0;
}

}  // namespace seg
