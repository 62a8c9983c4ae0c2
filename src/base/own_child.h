// SPDX-License-Identifier: Apache-2.0
// This program started once more as a child, for work that may crash, hang or take too much memory on what it is given.
//
// The child begins at main(), with the arguments and the input that it is given and no other file of its parent's; what
// it prints on standard output is its answer. Signals from the terminal are not its
// business: a request to stop (base/signals.h) ends it by its parent. Thread-safe. std::system_error if the system
// cannot start or hear it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace seg {

struct ChildWork {
  std::vector<std::string> arguments;  // after the program's name
  int input = -1;                      // a descriptor that becomes its standard input; -1: that is empty
  int errors = -1;                     // one that becomes its standard error; -1: what it says there is dropped
  double most_seconds = 60;            // until it has ended; then it is killed
  std::size_t most_bytes = 0;          // of its answer; if it says more it is killed
};

enum class ChildEnd : std::uint8_t {
  answered,
  gave_up,            // with an exit code
  crashed,            // by a signal that is a mistake of its own
  killed,             // by another signal: from outside
  used_up_processor,  // all that its confinement allows
  too_slow,
  said_too_much,
  stopped  // because this program is to stop
};

struct ChildAnswer {
  std::string output;  // whole only if it answered
  // Where whoever started this program has it ignore the ends of children (SIGCHLD), a child that closed its output
  // is taken to have answered.
  ChildEnd end = ChildEnd::answered;
  int code = 0;  // the exit code, or the signal
};

ChildAnswer ask_own_child(const ChildWork& work);

// For a child, before it touches what it was started for: how much more than now it may take, at most what the process
// may anyhow. It writes no files and leaves no core, and it dies with the thread that started it.
struct Confinement {
  int parent = 0;                                     // its process number
  std::uint64_t more_bytes = std::uint64_t{1} << 30;  // of addresses
  std::uint64_t processor_seconds = 60;
};
// std::runtime_error if the parent has gone already.
void confine_this_process(const Confinement& confinement);

}  // namespace seg
