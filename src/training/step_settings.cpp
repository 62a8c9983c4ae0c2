// SPDX-License-Identifier: Apache-2.0
#include "training/step_settings.h"

#include <map>
#include <string>
#include <utility>

#include "base/distance_falloff.h"
#include "training/forecast.h"
#include "training/loss_settings.h"

namespace seg {

OptimizerOptions optimizer_options(const StepConfig& step) {
  return {.kind = step.optimizer == "adamw" ? OptimizerKind::adamw : OptimizerKind::sgd,
          .momentum = step.momentum,
          .beta1 = step.adam_betas.at(0),
          .beta2 = step.adam_betas.at(1),
          .eps = step.adam_eps,
          .weight_decay = step.weight_decay,
          .head_lr_multiplier = step.lr_multiplier};
}

RateSchedule rate_schedule(const StepConfig& step, std::int64_t last_step) {
  const std::map<std::string, RateDecay> decays = {{"poly", RateDecay::poly},
                                                   {"cosine", RateDecay::cosine},
                                                   {"step", RateDecay::step},
                                                   {"exp", RateDecay::exponential}};
  return {.rate = step.lr_start,
          .warmup_steps = step.warmup_iters,
          .last_step = last_step,
          .decay = decays.at(step.lr_schedule),
          .gamma = step.lr_gamma,
          .milestones = step.lr_milestones};
}

StepOptions step_options(const Config& config, std::int64_t micro_batches, const std::vector<double>& class_weights) {
  const bool has_weights = is_divided_by_weights(config.loss);
  std::vector<double> label_weights = has_weights ? class_weights : std::vector<double>();
  std::vector<double> distance_weights;
  if (has_weights && config.boundaries.boundary_weight > 0) {
    for (const double falloff : distance_falloff(config.boundaries.boundary_sigma))
      distance_weights.push_back(1 + config.boundaries.boundary_weight * falloff);
    if (label_weights.empty()) label_weights.assign(distance_weights.size(), 1.0);
  }
  if (const auto ignored = static_cast<std::size_t>(config.dataset.lb_ignore); ignored < label_weights.size())
    label_weights[ignored] = 0;
  return {.micro_batches = micro_batches,
          .weight_by_valid_pixels = config.step.exact_accumulation,
          .largest_gradient_norm = config.step.clip_grad_norm,
          .dropout_seed = static_cast<std::uint64_t>(config.run.seed),
          .label_weights = std::move(label_weights),
          .distance_weights = std::move(distance_weights)};
}

std::unique_ptr<WeightAverage> weight_average(const StepConfig& step, const Graph& graph,
                                              const ParameterStore& trained) {
  if (step.ema_decay == 0) return nullptr;
  return std::make_unique<WeightAverage>(graph, trained, step.ema_decay);
}

OutOfMemoryPolicy out_of_memory_policy(const Config& config, const RunSettings& settings, std::string trial) {
  return {.device = settings.device.device,
          .may_split = config.memory.on_oom == "split",
          .trial = std::move(trial),
          .memory = config.memory,
          .image_bytes = [&config, &settings] { return StepForecast(config, settings).bytes(1); }};
}

std::unique_ptr<LossScaler> loss_scaler(const PrecisionConfig& precision, const RunSettings& settings) {
  if (settings.precision.compute != c10::kHalf) return nullptr;
  return std::make_unique<LossScaler>(LossScaleOptions{.init = precision.loss_scale_init,
                                                       .growth = precision.loss_scale_growth,
                                                       .backoff = precision.loss_scale_backoff,
                                                       .interval = precision.loss_scale_interval},
                                      settings.device.device);
}

}  // namespace seg
