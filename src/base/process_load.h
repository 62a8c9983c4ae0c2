// SPDX-License-Identifier: Apache-2.0
// What this process has had of its processors and of the disk so far, for differences between two moments.
//
// Read from the system's accounts; what a system does not account for is nothing, never 0. Thread-safe.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace seg {

struct ProcessLoad {
  double own_seconds = 0;                       // of processors, all threads together
  std::optional<double> ran_seconds{};          // of the threads that live now
  std::optional<double> waited_seconds{};       // in which these could have run, and had no processor
  std::optional<double> busy_seconds{};         // of the processors that this process may use, whoever used them
  std::int64_t disk_faults = 0;                 // pages that had to be fetched from a disk
  std::optional<std::int64_t> swapped_bytes{};  // now
};

// `root` is "/", or the root of an imitation for tests.
ProcessLoad process_load(const std::filesystem::path& root = "/");

// Of the time in which threads could have run, what they waited.
std::optional<double> wait_share(const ProcessLoad& before, const ProcessLoad& after);

// Processors that others kept busy in so many seconds.
std::optional<double> busy_elsewhere(const ProcessLoad& before, const ProcessLoad& after, double seconds);

}  // namespace seg
