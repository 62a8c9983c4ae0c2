// SPDX-License-Identifier: Apache-2.0
// Checkpoints: all that an exact resume needs, in one safetensors file that appears whole or not at all.
//
// Weights and buffers stand under their names; where an average is kept, it is that, and the weights that training goes
// on with stand under unaveraged.PARAMETER. The optimizer's memory stands under the names that it gives
// (state_names.h has them all), the rest as JSON in the metadata. The loader's whole state is the step, and random
// numbers are keyed, so neither is stored. A checkpoint is also a weight file (weight_file.h). Errors are UserErrors
// that name the file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/parameter_store.h"
#include "training/early_stop.h"
#include "training/loss_scaler.h"
#include "training/model_card.h"
#include "training/optimizer.h"
#include "training/settings.h"
#include "training/weight_average.h"

namespace seg {

// What must agree between a run and its continuation: the data lists and every key that changes what is learned.
using RunIdentity = std::map<std::string, std::string>;

struct BestEvaluation {
  std::int64_t step = 0;
  double metric = 0;
  std::string protocol = "ss";  // by which it was found: others' are not compared with it
};

struct RunState {
  std::string run;  // name of the run, as in metrics.jsonl
  std::int64_t step = 0;
  double seconds = 0;             // over all parts of the run
  double evaluation_seconds = 0;  // of them
  bool owes_evaluation = false;   // that of its step was cut short by a request to stop
  std::optional<BestEvaluation> best{};
  EarlyStopHistory early_stop{};
  StoredValues values{};
  RunIdentity identity{};
};

void save_checkpoint(const std::filesystem::path& path, const ModelCard& card, const ParameterStore& parameters,
                     const Optimizer& optimizer, const RunState& state, const WeightAverage* average = nullptr,
                     const LossScaler* scaler = nullptr);

// Reads the state and checks that the file is whole (checksum).
RunState read_run_state(const std::filesystem::path& path);

// Brings weights, buffers and the optimizer's memory to what they were; every one of them must be in the file. One that
// another optimizer wrote is a UserError. An average begins anew with the weights, and a loss scaler as its
// options say, if the file has none.
void load_checkpoint(const std::filesystem::path& path, ParameterStore& parameters, Optimizer& optimizer,
                     WeightAverage* average = nullptr, LossScaler* scaler = nullptr);

}  // namespace seg
