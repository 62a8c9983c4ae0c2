// SPDX-License-Identifier: Apache-2.0
#include "training/step_trial.h"

#include <utility>

#include "engine/device.h"
#include "training/step_settings.h"

namespace seg {

StepTrial::StepTrial(const Config& config, const RunSettings& settings, const std::string& purpose, Log* log,
                     std::function<void(const BatchSplit&)> tell)
    : trained_(while_doing("making the network", [&] { return NetworkInTraining(config, settings, log); })),
      clock_(device_clock(settings.device.device)),
      policy_(out_of_memory_policy(config, settings, purpose)) {
  policy_.tell = std::move(tell);
}

void StepTrial::run(const BatchView& batch, double rate) {
  if (clock_) clock_->begin();
  losses_.add(run_step(trained_.step, batch, rate, policy_).losses);
  if (clock_) clock_->end();
  wait_for(trained_.parameters.device());
}

std::optional<double> StepTrial::take_device_seconds() {
  if (!clock_) return std::nullopt;
  return clock_->take().seconds;
}

double StepTrial::read_loss() {
  double total = 0;
  const LossMeter::Means means = losses_.read();
  for (std::size_t i = 0; i < means.size(); ++i) total += trained_.graph.outputs[i].loss_weight * means[i].second;
  return total;
}

}  // namespace seg
