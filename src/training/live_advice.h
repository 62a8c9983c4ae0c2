// SPDX-License-Identifier: Apache-2.0
// The doctor during training: the rules, judged by what the run itself measures anyway.
//
// Looks only where a line is printed, and at most every ten seconds; what it reads of the system then takes a fraction
// of a millisecond. What warming up and filling a cache distort is not judged. It begins anew when a run goes on.
// Figures that only a measurement with other settings gives (doctor/examination.h) stay unknown. Not thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "doctor/figures.h"
#include "doctor/live_findings.h"
#include "loader/loader.h"
#include "telemetry/phases.h"
#include "training/run_figures.h"

namespace seg {

// What a run has come to.
struct RunProgress {
  std::int64_t step = 0;
  PhaseSeconds phases{};
  double time = 0;  // by seconds_now(), when the phases were read
  LoaderStatistics loader{};
  std::int64_t micro_batches = 1;
  std::optional<double> evaluation_seconds{};  // of the last one
  std::int64_t evaluations_without_progress = 0;
  std::int64_t num_checkpoints = 0;             // written in this part of the run
  std::optional<std::int64_t> skipped_steps{};  // by the loss scaler, in the whole run
  std::optional<double> gpu_utilisation{};      // now
  std::optional<double> gpu_memory_share{};     // in use now, whoever uses it
};

class LiveAdvice {
 public:
  // What is known before step 1, and the step that is done then. What was tried for this run and did not help is not
  // advised again.
  LiveAdvice(Figures known, std::int64_t first_step, std::vector<Finding> tried = {});

  // At a line. What is to be told: most often nothing.
  std::vector<FindingNews> look_at(const RunProgress& now);

  // Over the whole of this part, with what stands besides.
  std::vector<Finding> all(const RunProgress& now) const;
  std::vector<Finding> standing() const { return findings_.standing(); }

 private:
  // What the driver told of the GPU at each line so far.
  struct GpuSamples {
    double sum = 0;
    std::int64_t count = 0;
  };
  struct Mark {
    RunProgress progress;
    RunMoment moment;
    GpuSamples gpu;
  };
  Mark mark_of(const RunProgress& now) const { return {now, RunMoment(now.phases, now.loader), gpu_}; }
  Figures figures_between(const Mark& before, const Mark& after) const;
  std::vector<Finding> judged(const Figures& figures) const;

  const Figures known_;
  const std::vector<Finding> tried_;
  const std::int64_t first_step_, warm_step_;
  std::optional<Mark> begin_, last_;  // of what is judged, and of the stretch that goes on
  GpuSamples gpu_;
  LiveFindings findings_;
};

// "the step waits for data 40 % of the time: let 2 workers … (num_workers=2); expected 1.42x [more_workers]"
std::string text_of(const Finding& finding);

}  // namespace seg
