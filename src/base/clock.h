// SPDX-License-Identifier: Apache-2.0
// Time: seconds that never go backwards, and wall time for records.
#pragma once
#include <string>

namespace seg {

double seconds_now() noexcept;    // monotonic; only differences mean anything
double unix_time_now() noexcept;  // seconds since 1970
std::string local_time_text();    // "2026-01-31 14:05:09", for people

}  // namespace seg
