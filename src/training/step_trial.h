// SPDX-License-Identifier: Apache-2.0
// A network in training as a run has it, made to be thrown away: for what has to be known of a step without a run.
//
// It shares nothing with a run, so that whatever it does leaves no trace there. Its weights are those that the seed
// gives. Not thread-safe: one thread calls torch.
#pragma once
#include <cstdint>
#include <memory>

#include "base/log.h"
#include "config/config.h"
#include "engine/collectives.h"
#include "engine/network.h"
#include "engine/parameter_store.h"
#include "loader/host_batch.h"
#include "telemetry/phases.h"
#include "training/loss_meter.h"
#include "training/optimizer.h"
#include "training/settings.h"
#include "training/step.h"
#include "training/weight_average.h"

namespace seg {

class StepTrial {
 public:
  // `log` may be null.
  StepTrial(const Config& config, const RunSettings& settings, Log* log);
  StepTrial(const StepTrial&) = delete;
  StepTrial& operator=(const StepTrial&) = delete;

  // An optimizer step; with a rate of 0 the weights stay.
  void run(const BatchView& batch, double rate) { losses_.add(step_.run(batch, rate).losses); }
  double read_loss();  // the mean over the steps since the last call
  PhaseSeconds phases() { return phases_.snapshot(); }
  std::int64_t peak_slot_bytes() const { return network_.peak_slot_bytes(); }

 private:
  PhaseTimer phases_;
  Graph graph_;
  ParameterStore parameters_;
  Network network_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<WeightAverage> average_;
  std::unique_ptr<Collectives> collectives_;
  TrainingStep step_;
  LossMeter losses_;
};

}  // namespace seg
