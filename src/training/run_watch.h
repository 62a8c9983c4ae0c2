// SPDX-License-Identifier: Apache-2.0
// Who looks on while a run trains: the doctor (`advise`), the file for Prometheus, the trace, and a check of the phases
// themselves. None of them changes what is trained.
//
// Each costs nothing in most steps: the doctor and the file take their turn with a line, a trace ends after a few
// steps. Not thread-safe, but for what the loader's workers tell the trace.
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "config/config.h"
#include "doctor/figures.h"
#include "telemetry/console.h"
#include "telemetry/phases.h"
#include "telemetry/trace.h"
#include "training/live_advice.h"
#include "training/run_folder.h"
#include "training/run_gauges.h"
#include "training/run_log.h"
#include "training/settings.h"

namespace seg {

// Whether the phases of a stretch miss of its wall time, or have too much, more than a timer that works can: more than
// a fiftieth, and more than a busy machine may put between two readings of the clock.
bool is_phase_error(const PhaseSeconds& phases, double seconds) noexcept;

class RunWatch {
 public:
  // All but the settings outlive it. Of the doctor: what is known before step 1, and what it tried before the run.
  struct Parts {
    const Config& config;
    const RunSettings& settings;
    Figures known;
    std::vector<Finding> tried = {};
    const RunFolder& folder;
    RunLog& log;
    Console& console;
    std::string run;
  };
  RunWatch(const Parts& parts, std::int64_t first_step);

  TraceRecorder* trace() { return trace_.get(); }

  // The first step is about to be made.
  void begin(PhaseTimer& timer);
  // Of each step, in this order: before its batch is asked for, when it is there, and when the step has been told of.
  void begin_step(std::int64_t step) noexcept;
  void has_batch() noexcept;
  void end_step(std::int64_t step);

  // With each line.
  void line(const StepReport& report, const RunProgress& now, std::optional<double> best_miou);

  // When the last step is done. Tells what the doctor found over all; returns members of the line about the end.
  nlohmann::ordered_json end(const RunProgress& now);
  // In its place, when an error ends the run.
  void leave(const PhaseSeconds& phases);

 private:
  void check_phases(const RunProgress& now);
  void write_gauges(bool is_running, const PhaseSeconds& phases);
  void end_trace();

  const Config& config_;
  const RunFolder& folder_;
  RunLog& log_;
  Console& console_;
  const std::int64_t last_step_, samples_per_step_;
  std::optional<LiveAdvice> advice_;
  std::optional<RunGauges> gauges_;
  std::unique_ptr<TraceRecorder> trace_;
  std::int64_t last_traced_ = 0, num_traced_ = 0;
  PhaseTimer* timer_ = nullptr;
  double begin_ = 0;  // by a clock that is no phase's
  PhaseSeconds begin_phases_;
  bool has_told_of_phases_ = false;
  StepReport last_report_;
  std::optional<double> best_miou_;
};

}  // namespace seg
