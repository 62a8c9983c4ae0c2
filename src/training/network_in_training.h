// SPDX-License-Identifier: Apache-2.0
// A network in training, as config and settings say: its graph with the losses inside, its parameters, what moves them,
// and the step that does. What a run trains, and what a rehearsal or a benchmark throws away again.
//
// Its weights are those that the seed gives. Not thread-safe: one thread calls torch.
#pragma once
#include <memory>

#include "base/log.h"
#include "config/config.h"
#include "engine/collectives.h"
#include "engine/network.h"
#include "engine/parameter_store.h"
#include "telemetry/phases.h"
#include "training/optimizer.h"
#include "training/settings.h"
#include "training/step.h"
#include "training/weight_average.h"

namespace seg {

struct NetworkInTraining {
  // `log` may be null.
  NetworkInTraining(const Config& config, const RunSettings& settings, Log* log);
  NetworkInTraining(const NetworkInTraining&) = delete;
  NetworkInTraining& operator=(const NetworkInTraining&) = delete;

  // What is evaluated and kept in the end: the average, if there is one.
  ParameterStore& final_parameters() { return average ? average->parameters() : parameters; }

  PhaseTimer phases;
  const Graph graph;
  ParameterStore parameters;
  Network network;
  const std::unique_ptr<Optimizer> optimizer;
  const std::unique_ptr<WeightAverage> average;  // null: none is kept
  const std::unique_ptr<LossScaler> scaler;      // null but for fp16
  const std::unique_ptr<Collectives> collectives;
  TrainingStep step;
};

}  // namespace seg
