// SPDX-License-Identifier: Apache-2.0
#include "config/idle_keys.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/field.h"
#include "config/loss_terms.h"
#include "config/places.h"

namespace seg {
namespace {

class IdleKeys {
 public:
  explicit IdleKeys(const ResolvedConfig& resolved)
      : resolved_(resolved),
        config_(resolved.config),
        fields_(fields_of(config_)),
        standard_fields_(fields_of(standard_)) {}

  void check(std::initializer_list<std::string_view> keys, bool are_used, const std::string& other) {
    if (are_used) return;
    for (const std::string_view key : keys)
      if (find_field(fields_, key)->toml() != find_field(standard_fields_, key)->toml())
        texts_.push_back(std::string(key) + " (" + place_of(resolved_, key) + ") has no effect with " + other);
  }

  std::vector<std::string> take() { return std::move(texts_); }

 private:
  const ResolvedConfig& resolved_;
  Config config_, standard_;
  const Fields fields_, standard_fields_;
  std::vector<std::string> texts_;
};

}  // namespace

std::vector<std::string> idle_keys(const ResolvedConfig& resolved, Purpose purpose) {
  const Config& config = resolved.config;
  IdleKeys keys(resolved);
  const std::string &optimizer = config.step.optimizer, &schedule = config.step.lr_schedule, &loss = config.loss.loss;
  keys.check({"momentum"}, optimizer == "sgd", "optimizer = " + optimizer);
  keys.check({"adam_betas", "adam_eps"}, optimizer != "sgd", "optimizer = " + optimizer);
  keys.check({"lr_milestones"}, schedule == "step", "lr_schedule = " + schedule);
  keys.check({"lr_gamma"}, schedule == "step" || schedule == "exp", "lr_schedule = " + schedule);
  keys.check({"ohem_thresh", "ohem_min_kept"}, has_loss_term(loss, "ohem"), "loss = " + loss);
  keys.check({"focal_gamma"}, has_loss_term(loss, "focal"), "loss = " + loss);
  keys.check({"early_stop_min_delta", "early_stop_metric"}, config.evaluation.early_stop_patience > 0,
             "early_stop_patience = 0");
  const std::string& kind = config.dataset.dataset;
  keys.check({"hdf5_images", "hdf5_labels"}, kind == "HDF5", "dataset = " + kind);

  const std::vector<std::string>& protocols = config.evaluation.eval_protocols;
  const bool has_scales = std::ranges::count(protocols, "msf") + std::ranges::count(protocols, "mscf") > 0;
  keys.check({"eval_scales", "eval_flip"}, has_scales, "eval_protocols = " + joined(protocols, ","));

  const bool has_points = config.model.point_rend;
  keys.check({"point_source", "point_rend_points", "point_rend_oversampling", "point_rend_importance",
              "point_rend_weight", "point_rend_padding"},
             has_points, "point_rend = false");
  keys.check({"point_rend_oversampling"}, !has_points || config.boundaries.point_source != "boundary",
             "point_source = boundary");
  // Where weights come from a file, they may have the head.
  const bool may_refine = has_points || purpose == Purpose::evaluate || purpose == Purpose::show;
  keys.check({"point_rend_steps", "point_rend_step_points"}, may_refine, "point_rend = false");
  const BoundariesConfig& boundaries = config.boundaries;
  // Evaluations may draw distances, and points near boundaries.
  const bool may_draw = purpose == Purpose::evaluate || purpose == Purpose::show;
  const bool draws_near_boundaries = may_draw || (has_points && boundaries.point_source != "uncertainty");
  const bool weighs_near_boundaries = boundaries.boundary_weight > 0;
  keys.check({"boundary_sigma"}, weighs_near_boundaries || draws_near_boundaries, "boundary_weight = 0");
  keys.check(
      {"distance_map_radius"},
      boundaries.distance_map != "off" || weighs_near_boundaries || draws_near_boundaries || boundaries.distance_head,
      "distance_map = off");
  keys.check({"distance_head_weight", "distance_head_limit"}, boundaries.distance_head, "distance_head = false");
  return keys.take();
}

}  // namespace seg
