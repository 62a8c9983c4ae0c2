// SPDX-License-Identifier: Apache-2.0
#include "training/settings_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/counted.h"
#include "base/text.h"
#include "config/loss_terms.h"
#include "graph/cost.h"
#include "loader/loader.h"
#include "training/boundary_settings.h"
#include "training/loss_settings.h"
#include "training/step_settings.h"

namespace seg {
namespace {

Setting start_row(const RunConfig& run) {
  const std::string seed = "seed " + std::to_string(run.seed);
  const std::string backbone = run.backbone_from.value_or(""), whole = run.finetune_from.value_or("");
  if (backbone.empty() && whole.empty())
    return {"start", "random weights, " + seed, "weights of a trained backbone usually reach a higher mIoU sooner"};
  const bool are_both = !backbone.empty() && !whole.empty();
  return {"start", backbone + (are_both ? ", then " : "") + whole + "; random weights elsewhere, " + seed,
          are_both ? "backbone_from, finetune_from" : (whole.empty() ? "backbone_from" : "finetune_from")};
}

std::string optimizer_text(const StepConfig& step) {
  const std::string decay = "weight_decay " + shortest(step.weight_decay);
  if (step.optimizer == "sgd") return "momentum " + shortest(step.momentum) + ", " + decay;
  return "adam_betas " + shortest(step.adam_betas.at(0)) + " and " + shortest(step.adam_betas.at(1)) + ", adam_eps " +
         shortest(step.adam_eps) + ", " + decay;
}

Setting loss_row(const Config& config, const std::vector<double>& class_weights) {
  const LossConfig& loss = config.loss;
  const BoundariesConfig& boundaries = config.boundaries;
  std::string value = loss.loss, reason = "loss";
  if (has_loss_term(loss.loss, "ohem")) reason += ", ohem_thresh " + shortest(loss.ohem_thresh);
  if (has_loss_term(loss.loss, "focal")) reason += ", focal_gamma " + shortest(loss.focal_gamma);
  if (!class_weights.empty()) {
    const auto [least, most] = std::ranges::minmax(class_weights);
    const auto text = [](double weight) { return shortest(std::stod(fixed(weight, 3))); };
    value += ", classes weigh " + text(least) + " to " + text(most);
    reason += weighs_by_frequency(loss) ? ", class_weights: median_frequency" : ", class_weights";
  }
  if (loss.label_smoothing > 0) {
    value += ", labels smoothed by " + shortest(loss.label_smoothing);
    reason += ", label_smoothing";
  }
  if (boundaries.boundary_weight > 0) {
    value += ", pixels on boundaries weigh " + shortest(1 + boundaries.boundary_weight);
    reason += ", boundary_weight, boundary_sigma " + shortest(boundaries.boundary_sigma);
  }
  return {"loss", value, reason};
}

// What somebody asked for, or what something needs that was asked for.
std::optional<Setting> distances_row(const Config& config) {
  const BoundariesConfig& keys = config.boundaries;
  const std::optional<std::string> needed_by = needs_distances(config);
  const bool is_off = keys.distance_map == "off";
  if (!needed_by && is_off) return std::nullopt;
  if (!needed_by) return Setting{"distances", "none", "distance_map=" + keys.distance_map + ", but nothing needs them"};
  if (keys.distance_map == "cache" && config.loader.cache == "off")
    return Setting{
        "distances", "of whole labels, found for every crop",
        "distance_map=cache, but no cache keeps them: cache=ram or disk would, distance_map=online is quicker"};
  return Setting{"distances",
                 (is_off ? "online" : keys.distance_map) + ", up to " + counted(keys.distance_map_radius, "pixel"),
                 is_off ? "needed by " + *needed_by : "distance_map, distance_map_radius"};
}

// What a split batch gives that a whole one does not.
Setting accumulation_row(const Config& config, const RunSettings& settings) {
  const bool is_exact = config.step.exact_accumulation;
  const std::string& loss = config.loss.loss;
  std::vector<std::string> seers = {"batch normalisation"};
  if (has_loss_term(loss, "ohem")) seers.emplace_back("OHEM's choice");
  if (has_loss_term(loss, "dice") || has_loss_term(loss, "lovasz")) seers.emplace_back("the loss of regions");
  std::string reason = is_exact ? "losses are means over all valid pixels" : "micro-batches count alike";
  reason += "; " + joined(seers, " and ") + (seers.size() > 1 ? " see" : " sees") + " one micro-batch";
  reason += "; the learning rate is that of the whole step, and epochs need not divide by it";
  if (settings.micro_batches > config.step.gradient_accumulation_steps) reason += "; on_oom=split";
  return {"accumulation",
          counted(settings.micro_batches, "micro-batch") + " of " +
              counted(settings.samples_per_step / settings.micro_batches, "image"),
          reason};
}

// What it changes, and what that costs.
Setting deterministic_row(c10::Device device) {
  if (device.is_cpu()) return {"deterministic", "yes", "costs nothing: a CPU gives the same bits for the same threads"};
  return {"deterministic", "yes", "slower: cuDNN's deterministic algorithms, and none chosen by trial"};
}

std::string every_text(std::int64_t steps) {
  return steps == 1 ? "every step" : "every " + std::to_string(steps) + " steps";
}

Setting evaluation_row(const RunSettings& settings) {
  if (settings.eval_interval_is_auto)
    return {"evaluation", "at the end, and " + every_text(settings.eval_interval) + " as far as time allows",
            "auto: about ten a run, at most 5 % of the time"};
  return {"evaluation",
          settings.eval_interval > 0 ? every_text(settings.eval_interval) + ", and at the end" : "at the end",
          "eval_interval"};
}

std::string rate_text(const StepConfig& step, std::int64_t last_step) {
  const RateSchedule schedule = rate_schedule(step, last_step);
  const auto rate_at = [&](std::int64_t at) { return shortest(std::stod(fixed(schedule.at(at), 7))); };
  return "after " + counted(step.warmup_iters, "step") + " of warm-up; " + rate_at((last_step + 1) / 2) +
         " half-way, " + rate_at(last_step) + " at the end";
}

}  // namespace

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
  if (settings.micro_batches > 1) rows.push_back(accumulation_row(config, settings));
  return rows;
}

std::vector<Setting> settings_table(const Config& config, const Dataset& train, const RunSettings& settings) {
  const ModelCard& card = settings.card;
  const PixelSize& crop = config.augmentation.cropsize;
  const std::int64_t accumulation = config.step.gradient_accumulation_steps;
  const double epochs =
      static_cast<double>(settings.last_step * settings.samples_per_step) / static_cast<double>(train.size());
  std::vector<Setting> table;
  table.push_back({"network",
                   card.model + ", " + count_text(static_cast<double>(count_parameters(graph_of(card)))) +
                       " parameters, " + counted(card.num_classes, "class"),
                   ""});
  table.push_back(start_row(config.run));
  const std::string& sources = train.traits().channel_sources;
  table.push_back({"images", std::to_string(train.size()) + " for training",
                   config.dataset.dataset + (sources.empty() ? "" : ", " + sources)});
  table.push_back({"crop", std::to_string(crop.height) + "x" + std::to_string(crop.width), "cropsize"});
  table.push_back({"global batch", std::to_string(settings.samples_per_step),
                   "ims_per_gpu " + std::to_string(config.loader.ims_per_gpu) + " x accumulation " +
                       std::to_string(accumulation) + " x processes 1"});
  table.push_back(
      {"steps", std::to_string(settings.last_step),
       (config.run.max_iter ? "max_iter" : "max_epochs") + std::string(", ") + fixed(epochs, 1) + " epochs"});
  table.push_back(loss_row(config, settings.class_weights));
  if (std::optional<Setting> row = distances_row(config)) table.push_back(*std::move(row));
  for (Setting& row : step_rows(config, settings)) table.push_back(std::move(row));
  table.push_back({"device", settings.device.name, settings.device.reason});
  table.push_back({"precision", settings.precision.name, settings.precision.reason});
  if (settings.precision.compute == c10::kHalf)
    table.push_back({"loss scale", "from " + shortest(config.precision.loss_scale_init),
                     "loss_scale_*; x " + shortest(config.precision.loss_scale_backoff) +
                         " when gradients overflow, which skips the step"});
  if (config.run.deterministic) table.push_back(deterministic_row(settings.device.device));
  table.push_back({"threads", std::to_string(settings.shares.threads), settings.shares.threads_reason});
  table.push_back({"num_workers", std::to_string(settings.shares.num_workers), settings.shares.num_workers_reason});
  table.push_back({"prefetch_factor", std::to_string(settings.prefetch.steps), settings.prefetch.reason});
  table.push_back({"ring",
                   counted(settings.prefetch.steps + 1, "batch") + ", " +
                       bytes_text(Loader::memory_bytes(loader_options(config, train, settings), train.traits())),
                   "prefetch_factor + 1"});
  table.push_back(evaluation_row(settings));
  table.push_back({"checkpoints",
                   settings.checkpoint_interval ? every_text(*settings.checkpoint_interval)
                                                : "every 10 minutes and at each evaluation",
                   settings.checkpoint_interval ? "checkpoint_interval" : "auto"});
  return table;
}

}  // namespace seg
