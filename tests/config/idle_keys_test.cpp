// SPDX-License-Identifier: Apache-2.0
#include "config/idle_keys.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(IdleKeys, NamesWhatHasNoEffectWithoutTheHeadThatItIsOf) {
  ResolvedConfig resolved;
  ModelConfig& model = resolved.config.model;
  BoundariesConfig& boundaries = resolved.config.boundaries;
  model.point_rend_points = 100;
  model.point_rend_oversampling = 2;
  model.point_rend_importance = 0.5;
  model.point_rend_weight = 2;
  model.point_rend_padding = "zeros";
  boundaries.point_source = "boundary";
  boundaries.distance_head_weight = 2;
  boundaries.distance_head_limit = 8;
  EXPECT_EQ(idle_keys(resolved, Purpose::evaluate).size(), 8U);
  model.point_rend_steps = 3;
  model.point_rend_step_points = 50;
  EXPECT_EQ(idle_keys(resolved, Purpose::evaluate).size(), 8U) << "weights may have a head";
  EXPECT_EQ(idle_keys(resolved, Purpose::train).size(), 10U);
  boundaries.distance_head = model.point_rend = true;
  EXPECT_EQ(idle_keys(resolved, Purpose::train),
            std::vector<std::string>(
                {"point_rend_oversampling (point_rend_oversampling) has no effect with point_source = boundary"}));
}

TEST(IdleKeys, NamesWhatHasNoEffectBesideTheLoss) {
  ResolvedConfig resolved;
  LossConfig& loss = resolved.config.loss;
  loss.focal_gamma = 3;
  EXPECT_EQ(idle_keys(resolved, Purpose::train),
            std::vector<std::string>({"focal_gamma (focal_gamma) has no effect with loss = ohem"}));
  loss.loss = "dice + focal";
  EXPECT_TRUE(idle_keys(resolved, Purpose::train).empty());
  loss.ohem_thresh = 0.5;
  loss.ohem_min_kept = 0.1;
  EXPECT_EQ(idle_keys(resolved, Purpose::train).size(), 2U);
}

TEST(IdleKeys, NamesWhatHasNoEffectBesideTheOptimizerAndSchedule) {
  ResolvedConfig resolved;
  StepConfig& step = resolved.config.step;
  step.adam_eps = 1e-6;
  step.lr_gamma = 0.5;
  EXPECT_EQ(idle_keys(resolved, Purpose::train),
            (std::vector<std::string>{"adam_eps (adam_eps) has no effect with optimizer = sgd",
                                      "lr_gamma (lr_gamma) has no effect with lr_schedule = poly"}));
  step.optimizer = "adamw";
  step.lr_schedule = "exp";
  EXPECT_TRUE(idle_keys(resolved, Purpose::train).empty());
  step.momentum = 0.8;
  step.lr_milestones = {0.5};
  EXPECT_EQ(idle_keys(resolved, Purpose::train).size(), 2U);
}

TEST(IdleKeys, NamesOfArraysHaveNoEffectBesideLists) {
  ResolvedConfig resolved;
  resolved.config.dataset.hdf5_labels = "masks";
  EXPECT_EQ(idle_keys(resolved, Purpose::train),
            (std::vector<std::string>{"hdf5_labels (hdf5_labels) has no effect with dataset = CustomerDataset"}));
  resolved.config.dataset.dataset = "HDF5";
  EXPECT_TRUE(idle_keys(resolved, Purpose::train).empty());
}

TEST(IdleKeys, NamesWhatHasNoEffectWithoutPatience) {
  ResolvedConfig resolved;
  resolved.config.evaluation.early_stop_metric = "ss.macro_f1";
  resolved.config.evaluation.early_stop_min_delta = 0.1;
  EXPECT_EQ(idle_keys(resolved, Purpose::train).size(), 2U);
  resolved.config.evaluation.early_stop_patience = 2;
  EXPECT_TRUE(idle_keys(resolved, Purpose::train).empty());
}

TEST(IdleKeys, NamesScalesAndFlipsThatNoProtocolLooksAt) {
  ResolvedConfig resolved;
  EvaluationConfig& rules = resolved.config.evaluation;
  rules.eval_scales = {1};
  rules.eval_flip = false;
  rules.eval_protocols = {"ss", "ssc"};
  EXPECT_EQ(idle_keys(resolved, Purpose::train),
            (std::vector<std::string>{"eval_scales (eval_scales) has no effect with eval_protocols = ss,ssc",
                                      "eval_flip (eval_flip) has no effect with eval_protocols = ss,ssc"}));
  for (const char* protocol : {"msf", "mscf"}) {
    rules.eval_protocols = {"ss", protocol};
    EXPECT_TRUE(idle_keys(resolved, Purpose::train).empty()) << protocol;
  }
}

TEST(IdleKeys, NamesWhatIsOfDistancesThatNothingNeeds) {
  ResolvedConfig resolved;
  BoundariesConfig& boundaries = resolved.config.boundaries;
  boundaries.boundary_sigma = 2;
  boundaries.distance_map_radius = 8;
  EXPECT_EQ(
      idle_keys(resolved, Purpose::train),
      (std::vector<std::string>{"boundary_sigma (boundary_sigma) has no effect with boundary_weight = 0",
                                "distance_map_radius (distance_map_radius) has no effect with distance_map = off"}));
  EXPECT_TRUE(idle_keys(resolved, Purpose::evaluate).empty()) << "a picture may be drawn";
  boundaries.distance_head = true;
  EXPECT_EQ(idle_keys(resolved, Purpose::train).size(), 1U);
  boundaries.boundary_weight = 1;
  EXPECT_TRUE(idle_keys(resolved, Purpose::train).empty());
  boundaries = {.boundary_sigma = 2, .point_source = "mixed"};
  EXPECT_EQ(idle_keys(resolved, Purpose::train).size(), 2U) << "point_source has no effect, either";
  resolved.config.model.point_rend = true;
  EXPECT_TRUE(idle_keys(resolved, Purpose::train).empty());
}

TEST(IdleKeys, DefaultsMayStand) {
  for (const Purpose purpose : {Purpose::show, Purpose::evaluate, Purpose::step, Purpose::train})
    EXPECT_TRUE(idle_keys({}, purpose).empty());
}

}  // namespace
}  // namespace seg
