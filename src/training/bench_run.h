// SPDX-License-Identifier: Apache-2.0
// Measures loader and step together, as a run has them: batches are made while steps are computed, and where the step
// waits for data, the wait is counted. For a limited number of steps, with a network that is thrown away.
//
// Where decoded samples are kept, those of the counted steps are in the cache before, as they are in a run after its
// first epoch.
#pragma once
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "telemetry/console.h"
#include "training/bench.h"

namespace seg {

struct RunBench {
  BenchLength length;
  bool evaluates = false;  // some validation images as well, for what an evaluation of all of them will take
};

// Members as `train` has them, and `figures` (doctor/figures.h).
nlohmann::json bench_run(const Config& config, const RunBench& bench, Console& console);

}  // namespace seg
