// SPDX-License-Identifier: Apache-2.0
#include "training/step_trial.h"

#include "training/step_settings.h"

namespace seg {

StepTrial::StepTrial(const Config& config, const RunSettings& settings, Log* log)
    : graph_(training_graph(config, settings)),
      parameters_(graph_, {.device = settings.device.device, .random = false}),
      network_(graph_, parameters_, {.compute = settings.precision.compute, .phases = &phases_, .log = log}),
      optimizer_(make_optimizer(parameters_, optimizer_options(config.step))),
      average_(weight_average(config.step, graph_, parameters_)),
      collectives_(single_process()),
      step_(network_, parameters_, *optimizer_, *collectives_, phases_, step_options(config), average_.get()) {
  parameters_.initialise(static_cast<std::uint64_t>(config.run.seed));
}

double StepTrial::read_loss() {
  double total = 0;
  const LossMeter::Means means = losses_.read();
  for (std::size_t i = 0; i < means.size(); ++i) total += graph_.outputs[i].loss_weight * means[i].second;
  return total;
}

}  // namespace seg
