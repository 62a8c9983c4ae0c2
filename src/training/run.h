// SPDX-License-Identifier: Apache-2.0
// A whole run: from a config to a trained and evaluated network in a run folder.
//
// Everything is checked before step 1: the data lists and every label, the settings on this machine, the run folder and
// what an earlier run left in it. A run that cannot start leaves nothing behind.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/resolve.h"
#include "telemetry/console.h"
#include "training/trainer.h"

namespace seg {

enum class Resume {
  automatic,  // go on from the run folder's newest whole checkpoint, if it is the same run
  never,      // move what is there aside and begin anew
  from_file   // go on from the given checkpoint with the config's values
};

struct TrainRequest {
  ResolvedConfig config;
  std::optional<std::filesystem::path> config_file{};  // that it was read from
  Resume resume = Resume::automatic;
  std::filesystem::path resume_file{};
  bool is_dry = false;                   // all that comes before step 1, then stop; nothing is left behind
  std::vector<std::string> arguments{};  // of the command line, for the record
  nlohmann::json tuned{};                // what auto_tune changed, for the record; null: nothing did
  std::vector<Finding> tried{};          // what it tried for that, with what came of it
};

// UserError for what the user can mend.
TrainResult train(const TrainRequest& request, Console& console);

}  // namespace seg
