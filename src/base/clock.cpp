// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <time.h>

#include <array>
#include <chrono>

namespace seg {

double seconds_now() noexcept {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double unix_time_now() noexcept {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string local_time_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm fields{};
  localtime_r(&now, &fields);  // std::localtime shares one buffer among all threads
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &fields);
  return {text.data(), length};
}

}  // namespace seg
