// SPDX-License-Identifier: Apache-2.0
#include "training/network_in_training.h"

#include "training/step_settings.h"

namespace seg {

NetworkInTraining::NetworkInTraining(const Config& config, const RunSettings& settings, Log* log)
    : graph(training_graph(config, settings)),
      parameters(graph, {.device = settings.device.device, .random = false}),
      network(graph, parameters, {.compute = settings.precision.compute, .phases = &phases, .log = log}),
      optimizer(make_optimizer(parameters, optimizer_options(config.step))),
      average(weight_average(config.step, graph, parameters)),
      scaler(loss_scaler(config.precision, settings)),
      collectives(single_process()),
      step(network, parameters, *optimizer, *collectives, phases,
           step_options(config, settings.micro_batches, settings.class_weights), average.get(), scaler.get()) {
  parameters.initialise(static_cast<std::uint64_t>(config.run.seed));
  if (average) average->copy_trained();
}

}  // namespace seg
