// SPDX-License-Identifier: Apache-2.0
// What a call of train came to, as the contract's JSON.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "telemetry/phases.h"
#include "training/checkpoint.h"
#include "training/run_folder.h"

namespace seg {

struct TrainResult {
  std::string reason;       // "finished", "early_stop", "already finished", "dry run", "time limit", "SIGTERM", …
  bool is_complete = true;  // false: stopped on purpose after saving; the same command goes on
  nlohmann::json json{};    // as the contract says
};

// What only a call that trained knows.
struct TrainedPart {
  std::optional<double> images_per_second;  // none if it made no step
  PhaseSeconds phases;
};

// The last loss and metrics are those of the folder's metrics file: of a run that had ended before, too.
TrainResult train_result(const std::string& reason, bool is_complete, const RunFolder& folder, const RunState& state,
                         const std::optional<TrainedPart>& part = {});

}  // namespace seg
