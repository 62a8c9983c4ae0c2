// SPDX-License-Identifier: Apache-2.0
// What a config means on this machine with this data: every automatic value resolved, with its reason, before anything
// is allocated.
//
// Plain data. What the user must mend is thrown as one UserError with all problems.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "dataset/dataset.h"
#include "engine/device.h"
#include "engine/precision.h"
#include "graph/pass_catalogue.h"
#include "loader/loader.h"
#include "loader/prefetch.h"
#include "loader/thread_shares.h"
#include "training/model_card.h"

namespace seg {

struct RunSettings {
  DeviceChoice device;
  PrecisionChoice precision;
  std::vector<const GraphPass*> passes;  // over the graph
  ThreadShares shares;
  PrefetchChoice prefetch;  // an automatic one is the usual one until samples are measured (loading_choices.h)
  std::int64_t samples_per_step = 0;                // ims_per_gpu x accumulation x processes: the effective batch
  std::int64_t micro_batches = 1;                   // the equal parts it is made in: as configured, or more by on_oom
  std::int64_t configured_micro_batches = 1;        // accumulation
  std::int64_t last_step = 0;                       // optimizer steps of the run
  std::int64_t eval_interval = 0;                   // steps between evaluations; 0: only at the end
  bool eval_interval_is_auto = false;               // then evaluations keep to a share of the time as well
  std::optional<std::int64_t> checkpoint_interval;  // steps; none: by time
  ModelCard card;
  std::vector<double> class_weights;  // of the loss (loss_settings.h); median_frequency: 1 before labels are counted
};

// Values of automatic keys that an earlier part of the run resolved ("threads", "precision", "passes" and those below):
// they are used again, so that going on gives the same bits.
using StoredValues = std::map<std::string, std::string>;

// Into how many equal parts the images of a step go, if on_oom=split made them more than the config says; and its text.
inline constexpr std::string_view kMicroBatches = "micro_batches";
std::string micro_batches_text(std::int64_t parts, std::int64_t images);
inline constexpr std::string_view kAutoBatch = "ims_per_gpu";       // what auto_batch found
inline constexpr std::string_view kClassWeights = "class_weights";  // what the labels gave

RunSettings resolve_settings(const Config& config, const Dataset& train, const StoredValues& stored = {});

// With the one at the end; if they are automatic, at most.
std::int64_t num_evaluations(const RunSettings& settings);

// What resolve_settings chose and a checkpoint has to keep.
StoredValues stored_values(const RunSettings& settings);

LoaderOptions loader_options(const Config& config, const Dataset& dataset, const RunSettings& settings);

TorchSwitches torch_switches(const Config& config);

// Threads and switches of torch, for the process: whoever runs a network calls it first.
void set_up_torch(const Config& config, int threads);

PrecisionRequest precision_request(const PrecisionConfig& config);

// The network whose weights begin as the config says; graph_of() knows only what the weights are for.
Graph fresh_graph(const Config& config, const ModelCard& card);

// The graph that training runs: pixels and labels in, one loss a head out.
Graph training_graph(const Config& config, const RunSettings& settings);

}  // namespace seg
