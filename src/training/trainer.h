// SPDX-License-Identifier: Apache-2.0
// Training, from a config to a trained and evaluated network in a run folder.
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/resolve.h"
#include "telemetry/console.h"

namespace seg {

enum class Resume {
  automatic,  // go on where the run folder's newest whole checkpoint is, if it is the same run
  never,      // move what is there aside and begin anew
  from_file   // go on from the given checkpoint, with the config's values
};

struct TrainRequest {
  ResolvedConfig config;
  Resume resume = Resume::automatic;
  std::filesystem::path resume_file{};
  std::vector<std::string> arguments{};  // of the command line, for the record
};

struct TrainResult {
  std::string reason;  // "finished", "already finished", "time limit", "SIGTERM", "SIGINT"
  bool is_complete = true;  // false: stopped on purpose after saving; the same command goes on
  nlohmann::json json;      // as the contract says
};

// UserError for what the user can mend; then the run folder is as it was before, or holds what can be resumed.
TrainResult train(const TrainRequest& request, Console& console);

}  // namespace seg
