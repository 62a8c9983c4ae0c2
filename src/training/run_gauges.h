// SPDX-License-Identifier: Apache-2.0
// What a run's lines say, as figures for Prometheus (`prometheus_file`): written with each line, and at the end.
//
// What is not known is left out. A file that can no longer be written is warned of once; a run does not end for it.
// Not thread-safe.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "doctor/finding.h"
#include "telemetry/gauge_file.h"
#include "telemetry/phases.h"
#include "training/run_log.h"

namespace seg {

struct RunFacts {
  bool is_running = true;
  double seconds_of_step = 0;         // as the line says, without evaluations and checkpoints
  PhaseSeconds phases{};              // of this part of the run, so far
  std::int64_t last_step = 0;         // of the run
  std::optional<double> best_miou{};  // so far
  std::vector<Finding> findings{};    // that stand
};

std::vector<Gauge> gauges_of(const StepReport& report, const RunFacts& facts);

class RunGauges {
 public:
  // UserError if the file cannot be written.
  RunGauges(const std::filesystem::path& path, Gauge::Labels labels, Log& log);
  void write(const StepReport& report, const RunFacts& facts);

 private:
  GaugeFile file_;
  const Gauge::Labels labels_;
  Log& log_;
};

}  // namespace seg
