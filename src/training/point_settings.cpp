// SPDX-License-Identifier: Apache-2.0
#include "training/point_settings.h"

#include <string>

#include "base/text.h"
#include "models/point_head.h"

namespace seg {
namespace {

// Of an image, whose coordinates and margins a thread holds.
constexpr double kMostCandidates = 1 << 24;

struct Counts {
  std::int64_t important = 0, uniform = 0;  // of an image's points
  std::int64_t drawn = 0;                   // of those, by the loader
};

// Where the source is mixed, half of the important ones lie near boundaries.
Counts counts_of(const Config& config) {
  const std::int64_t points = config.model.point_rend_points;
  const auto important = static_cast<std::int64_t>(config.model.point_rend_importance * static_cast<double>(points));
  Counts counts{.important = important, .uniform = points - important};
  if (config.boundaries.point_source == "boundary") counts.drawn = points;
  if (config.boundaries.point_source == "mixed") counts.drawn = important / 2;
  return counts;
}

PointPadding padding_of(const ModelConfig& config) {
  return config.point_rend_padding == "zeros" ? PointPadding::zeros : PointPadding::border;
}

Problem too_many_doublings(std::int64_t steps) {
  return Problem{"point_rend_steps", std::to_string(steps) + " doublings make the map larger than the image",
                 "point_rend_steps=" + std::to_string(kMostDoublings) + ", which gives its size, or fewer"};
}

}  // namespace

PointChoiceOptions drawn_points(const Config& config) {
  if (!config.model.point_rend) return {};
  const bool are_all = config.boundaries.point_source == "boundary";
  return {.count = counts_of(config).drawn,
          .boundary_share = are_all ? config.model.point_rend_importance : 1.0,
          .sigma = config.boundaries.boundary_sigma};
}

PointTraining point_training(const Config& config) {
  const Counts counts = counts_of(config);
  PointTraining training{.has_given = counts.drawn > 0,
                         .loss = {.kind = LossKind::cross_entropy,
                                  .ignore_label = config.dataset.lb_ignore,
                                  .weight = config.model.point_rend_weight}};
  if (config.boundaries.point_source == "boundary") return training;
  const std::int64_t chosen = counts.important + counts.uniform - counts.drawn;
  training.chosen = {
      .candidates = static_cast<std::int64_t>(config.model.point_rend_oversampling * static_cast<double>(chosen)),
      .uncertain = counts.important - counts.drawn,
      .uniform = counts.uniform,
      .padding = padding_of(config.model)};
  return training;
}

std::optional<PointHead> point_head_of(const ModelConfig& config) {
  if (!config.point_rend) return std::nullopt;
  return PointHead{.padding = padding_of(config),
                   .refinement = {.steps = config.point_rend_steps, .points = config.point_rend_step_points}};
}

void set_refinement(ModelCard& card, const ResolvedConfig& resolved) {
  if (!card.point_head) return;
  const ModelConfig& config = resolved.config.model;
  // The config of a run spells every key, so that a default in a file says nothing.
  const ModelConfig standard;
  const auto says = [&](std::string_view key, bool is_default) {
    const auto origin = resolved.origins.find(key);
    return !is_default || (origin != resolved.origins.end() && origin->second.kind == OriginKind::command_line);
  };
  Refinement& refinement = card.point_head->refinement;
  if (says("point_rend_steps", config.point_rend_steps == standard.point_rend_steps))
    refinement.steps = config.point_rend_steps;
  if (says("point_rend_step_points", config.point_rend_step_points == standard.point_rend_step_points))
    refinement.points = config.point_rend_step_points;
  if (says("point_rend", true) && !config.point_rend) refinement.steps = 0;
  if (refinement.steps > kMostDoublings) fail_if_any({too_many_doublings(refinement.steps)});
}

void check_point_rend(const ModelConfig& config, std::vector<Problem>& problems) {
  if (!config.point_rend) return;
  if (config.point_rend_steps > kMostDoublings) problems.push_back(too_many_doublings(config.point_rend_steps));
  const double candidates = static_cast<double>(config.point_rend_points) * config.point_rend_oversampling;
  if (candidates > kMostCandidates)
    problems.push_back({"point_rend_oversampling",
                        std::to_string(config.point_rend_points) + " points (point_rend_points) with " +
                            shortest(config.point_rend_oversampling) + " candidates each are " + shortest(candidates) +
                            " of an image",
                        "fewer of either: 2048 points and 3 candidates are usual"});
}

}  // namespace seg
