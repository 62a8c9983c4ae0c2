// SPDX-License-Identifier: Apache-2.0
// How fast files come from where they lie, and not from the memory in which the system keeps what was read before.
//
// The system is asked to forget the files first. What stays in memory all the same (files just written, file systems
// that live there) is left out, as are files that cannot be read.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace seg {

struct ReadSpeedOptions {
  int threads = 1;            // that read at a time
  double most_seconds = 1.5;  // no file is begun after that
};

struct ReadSpeed {
  std::int64_t num_groups = 0, bytes = 0;  // that were read
  double seconds = 0;                      // by the clock, of all threads together
};

// Of groups of files that are used together, each read by one thread.
ReadSpeed measure_read_speed(const std::vector<std::vector<std::string>>& groups, const ReadSpeedOptions& options);

}  // namespace seg
