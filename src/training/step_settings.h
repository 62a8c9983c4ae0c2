// SPDX-License-Identifier: Apache-2.0
// What a config says of one optimizer step: the same for the trainer and for benches.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "config/config.h"
#include "training/loss_scaler.h"
#include "training/optimizer.h"
#include "training/out_of_memory.h"
#include "training/schedule.h"
#include "training/settings.h"
#include "training/step.h"
#include "training/weight_average.h"

namespace seg {

OptimizerOptions optimizer_options(const StepConfig& step);
RateSchedule rate_schedule(const StepConfig& step, std::int64_t last_step);
// class_weights: of the loss; they count in the shares of micro-batches where the loss is divided by them.
StepOptions step_options(const Config& config, std::int64_t micro_batches,
                         const std::vector<double>& class_weights = {});
// Null if ema_decay is 0.
std::unique_ptr<WeightAverage> weight_average(const StepConfig& step, const Graph& graph,
                                              const ParameterStore& trained);
// What is done where memory runs out. `trial` names what a step is made for that is none of a run; config and settings
// outlive the policy.
OutOfMemoryPolicy out_of_memory_policy(const Config& config, const RunSettings& settings, std::string trial = "");
// Null unless the network computes in fp16.
std::unique_ptr<LossScaler> loss_scaler(const PrecisionConfig& precision, const RunSettings& settings);

}  // namespace seg
