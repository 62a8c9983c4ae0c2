// SPDX-License-Identifier: Apache-2.0
// The doctor at work: benchmarks in child processes of this program, trials of what the rules propose, and what is told
// of both.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>

#include "config/resolve.h"
#include "doctor/tuning.h"
#include "telemetry/console.h"

namespace seg {

inline constexpr double kUsualBudget = 60;  // seconds

struct Diagnosis {
  Tuning tuning;
  nlohmann::json device;  // the machine's record, as benchmarks have it
};

// UserError for what the user can mend in the config, and if not even a short run of it can be made. StopRequested if a
// request to stop comes meanwhile. Nothing: the budget is too small for even one measurement.
std::optional<Diagnosis> diagnose(const ResolvedConfig& resolved, double budget, Console& console);

}  // namespace seg
