// SPDX-License-Identifier: Apache-2.0
// This program started once more as a child, for work that may crash, hang or take too much memory on what it is given.
//
// The child begins at main(), with the arguments that it is given; its input is empty, what it prints on standard
// output is its answer, and its errors are dropped. Signals from the terminal are not its business. Thread-safe.
// std::system_error if the system cannot start it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace seg {

struct ChildWork {
  std::vector<std::string> arguments;  // after the program's name
  double most_seconds = 60;            // of waiting; then it is killed
  std::size_t most_bytes = 0;          // of its answer; if it says more it is killed
};

struct ChildAnswer {
  std::string output;
  std::string failure;  // why that is not its whole answer, as "ended by signal 11"; empty if it is
};

ChildAnswer ask_own_child(const ChildWork& work);

// For a child, before it touches what it was started for: how much more than now it may take, at most what the process
// may anyhow. It writes no files and leaves no core, and it dies with the thread that started it.
struct Confinement {
  std::uint64_t more_bytes = std::uint64_t{1} << 30;  // of addresses
  std::uint64_t processor_seconds = 60;
};
void confine_this_process(const Confinement& confinement);

}  // namespace seg
