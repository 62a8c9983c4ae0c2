// SPDX-License-Identifier: Apache-2.0
// The figures of a run (doctor/figures.h): from its settings, and from what was counted between two moments of it.
#pragma once
#include <cstdint>

#include "base/process_load.h"
#include "config/config.h"
#include "dataset/dataset.h"
#include "doctor/figures.h"
#include "loader/loader.h"
#include "telemetry/phases.h"
#include "training/read_back.h"
#include "training/settings.h"

namespace seg {

// What is counted, at one moment. That of the processors is read from the system, in a fraction of a millisecond.
struct RunMoment {
  PhaseSeconds phases{};
  LoaderStatistics loader{};
  ProcessLoad load = process_load();
  std::int64_t page_faults;
  ReadBacks reads_back;

  RunMoment(const PhaseSeconds& now, LoaderStatistics statistics);
};

Figures figures_of(const Config& config, const RunSettings& settings, const Dataset& train);

// Rates are of the time in steps and between them, without evaluations and checkpoints; their phases are shares of all.
void add_speed(const RunMoment& before, const RunMoment& after, std::int64_t steps, std::int64_t samples_per_step,
               Figures& figures);

}  // namespace seg
