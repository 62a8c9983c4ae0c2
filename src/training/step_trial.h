// SPDX-License-Identifier: Apache-2.0
// A network in training as a run has it, made to be thrown away: for what has to be known of a step without a run.
//
// It shares nothing with a run, so that whatever it does leaves no trace there. Its weights are those that the seed
// gives. Not thread-safe: one thread calls torch.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "config/config.h"
#include "engine/device_clock.h"
#include "loader/host_batch.h"
#include "telemetry/phases.h"
#include "training/loss_meter.h"
#include "training/network_in_training.h"
#include "training/out_of_memory.h"
#include "training/settings.h"

namespace seg {

class StepTrial {
 public:
  // `purpose` names what it is made for where memory runs out: "the rehearsal". Config and settings outlive it. `log`
  // may be null; `tell`, if given, is called of each split.
  StepTrial(const Config& config, const RunSettings& settings, const std::string& purpose, Log* log,
            std::function<void(const BatchSplit&)> tell = {});

  // An optimizer step, which is done when this returns; with a rate of 0 the weights stay. Where memory runs out it
  // goes on as a run does.
  void run(const BatchView& batch, double rate);
  double read_loss();  // the mean over the steps since the last call
  // By the device's own clock, of the steps since the last call; nothing where that is the host's.
  std::optional<double> take_device_seconds();
  PhaseSeconds phases() { return trained_.phases.snapshot(); }
  std::int64_t num_phase_switches() const { return trained_.phases.num_switches(); }
  std::int64_t micro_batches() const { return trained_.step.micro_batches(); }
  std::int64_t peak_slot_bytes() const { return trained_.network.peak_slot_bytes(); }

 private:
  NetworkInTraining trained_;
  std::unique_ptr<DeviceClock> clock_;
  OutOfMemoryPolicy policy_;
  LossMeter losses_;
};

}  // namespace seg
