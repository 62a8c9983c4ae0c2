// SPDX-License-Identifier: Apache-2.0
#include "training/step_settings.h"

#include <map>
#include <string>
#include <utility>

#include "base/text.h"
#include "graph/cost.h"

namespace seg {
namespace {

std::string optimizer_text(const StepConfig& step) {
  const std::string decay = "weight_decay " + shortest(step.weight_decay);
  if (step.optimizer == "sgd") return "momentum " + shortest(step.momentum) + ", " + decay;
  return "adam_betas " + shortest(step.adam_betas.at(0)) + " and " + shortest(step.adam_betas.at(1)) + ", adam_eps " +
         shortest(step.adam_eps) + ", " + decay;
}

// What a split batch gives that a whole one does not.
Setting accumulation_row(const Config& config) {
  const bool is_exact = config.step.exact_accumulation;
  const bool has_ohem = config.loss.loss != "ce";
  std::string reason = is_exact ? "losses are means over all valid pixels" : "micro-batches count alike";
  reason += std::string("; batch normalisation ") + (has_ohem ? "and OHEM's choice see" : "sees") + " one micro-batch";
  return {"accumulation",
          std::to_string(config.step.gradient_accumulation_steps) + " micro-batches of " +
              std::to_string(config.loader.ims_per_gpu) + " images",
          reason};
}

std::string rate_text(const StepConfig& step, std::int64_t last_step) {
  const RateSchedule schedule = rate_schedule(step, last_step);
  const auto rate_at = [&](std::int64_t at) { return shortest(std::stod(fixed(schedule.at(at), 7))); };
  return "after " + std::to_string(step.warmup_iters) + " steps of warm-up; " + rate_at((last_step + 1) / 2) +
         " half-way, " + rate_at(last_step) + " at the end";
}

}  // namespace

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

StepOptions step_options(const Config& config) {
  return {.micro_batches = config.step.gradient_accumulation_steps,
          .weight_by_valid_pixels = config.step.exact_accumulation,
          .largest_gradient_norm = config.step.clip_grad_norm,
          .dropout_seed = static_cast<std::uint64_t>(config.run.seed)};
}

std::unique_ptr<WeightAverage> weight_average(const StepConfig& step, const Graph& graph,
                                              const ParameterStore& trained) {
  if (step.ema_decay == 0) return nullptr;
  return std::make_unique<WeightAverage>(graph, trained, step.ema_decay);
}

std::vector<Setting> step_rows(const Config& config, const RunSettings& settings) {
  const StepConfig& step = config.step;
  const std::int64_t bytes = 4 * count_parameters(graph_of(settings.card));  // of one float a parameter
  const std::int64_t copies = states_a_parameter(optimizer_options(step).kind);
  std::vector<Setting> rows = {
      {"learning rate", shortest(step.lr_start) + ", " + step.lr_schedule, rate_text(step, settings.last_step)},
      {"optimizer", step.optimizer + ", " + bytes_text(copies * bytes), optimizer_text(step)}};
  if (step.clip_grad_norm > 0)
    rows.push_back({"gradient", "at most " + shortest(step.clip_grad_norm) + " long", "clip_grad_norm"});
  if (step.ema_decay > 0)
    rows.push_back({"average of weights", "decay " + shortest(step.ema_decay) + ", " + bytes_text(bytes),
                    "ema_decay; evaluations, the best and the final weights are the averaged ones"});
  if (step.gradient_accumulation_steps > 1) rows.push_back(accumulation_row(config));
  return rows;
}

}  // namespace seg
