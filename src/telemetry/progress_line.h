// SPDX-License-Identifier: Apache-2.0
// How far a job of known length is, as a bar in the console's line of progress: on a terminal only, and not drawn more
// often than people can read.
//
// Not thread-safe. The console must outlive it; the line goes with it.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "telemetry/console.h"

namespace seg {

class ProgressLine {
 public:
  ProgressLine(Console& console, std::string what, std::size_t total);  // total 0: nobody knows
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::size_t done);  // "training data, labels [=====>    ] 120/4000"; of an unknown total, "batches 120"

 private:
  Console& console_;
  const std::string what_;
  const std::size_t total_;
  double last_drawn_;
};

// For a job that tells how far it is and asks whether to go on: draws its line, and says no once a request to stop
// (base/signals.h) has come. The line goes with the last copy of the function.
std::function<bool(std::size_t done, std::size_t total)> progress_until_stopped(Console& console, std::string what);

}  // namespace seg
