// SPDX-License-Identifier: Apache-2.0
// How far a job of known length is, as a bar in the console's line of progress: on a terminal only, and not drawn more
// often than people can read.
//
// Not thread-safe. The console must outlive it; the line goes with it.
#pragma once
#include <cstddef>
#include <string>

#include "telemetry/console.h"

namespace seg {

class ProgressLine {
 public:
  ProgressLine(Console& console, std::string what, std::size_t total);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::size_t done);  // "training data, labels [=====>    ] 120/4000"

 private:
  Console& console_;
  const std::string what_;
  const std::size_t total_;
  double last_drawn_;
};

}  // namespace seg
