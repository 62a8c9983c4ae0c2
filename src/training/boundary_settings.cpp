// SPDX-License-Identifier: Apache-2.0
#include "training/boundary_settings.h"

#include <vector>

#include "base/text.h"

namespace seg {
namespace {

bool draws_points(const Config& config) {
  return config.model.point_rend && config.boundaries.point_source != "uncertainty";
}

bool is_read_by_step(const BoundariesConfig& keys) { return keys.boundary_weight > 0 || keys.distance_head; }

}  // namespace

std::optional<std::string> needs_distances(const Config& config) {
  std::vector<std::string> keys;
  if (config.boundaries.boundary_weight > 0) keys.emplace_back("boundary_weight");
  if (config.boundaries.distance_head) keys.emplace_back("distance_head");
  if (draws_points(config)) keys.emplace_back("point_source");
  return keys.empty() ? std::nullopt : std::optional(joined(keys, ", "));
}

bool keeps_distances(const Config& config) {
  return config.boundaries.distance_map == "cache" && needs_distances(config);
}

DistanceOptions distance_options(const Config& config) {
  return {.in_batch = is_read_by_step(config.boundaries),
          .of_whole_labels = config.boundaries.distance_map == "cache",
          .radius = config.boundaries.distance_map_radius};
}

std::optional<LossOptions> distance_loss(const BoundariesConfig& config, std::int64_t ignore_label) {
  if (!config.distance_head) return std::nullopt;
  return LossOptions{.kind = LossKind::distance,
                     .ignore_label = ignore_label,
                     .distance_limit = config.distance_head_limit,
                     .weight = config.distance_head_weight};
}

}  // namespace seg
