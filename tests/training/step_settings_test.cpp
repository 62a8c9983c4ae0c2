// SPDX-License-Identifier: Apache-2.0
#include "training/step_settings.h"

#include <gtest/gtest.h>

#include <cmath>

namespace seg {
namespace {

TEST(StepSettings, TheOptimizerIsTheConfigs) {
  StepConfig step;
  EXPECT_EQ(optimizer_options(step).kind, OptimizerKind::sgd);
  step.optimizer = "adamw";
  step.adam_betas = {0.7, 0.8};
  step.adam_eps = 1e-3;
  step.weight_decay = 0.25;
  step.lr_multiplier = 4;
  const OptimizerOptions options = optimizer_options(step);
  EXPECT_EQ(options.kind, OptimizerKind::adamw);
  EXPECT_EQ(options.beta1, 0.7);
  EXPECT_EQ(options.beta2, 0.8);
  EXPECT_EQ(options.eps, 1e-3);
  EXPECT_EQ(options.weight_decay, 0.25);
  EXPECT_EQ(options.head_lr_multiplier, 4);
}

TEST(StepSettings, TheScheduleIsTheConfigs) {
  StepConfig step;
  step.lr_start = 1;
  step.warmup_iters = 0;
  const auto middle = [&](const std::string& kind) {
    step.lr_schedule = kind;
    return rate_schedule(step, 100).at(51);
  };
  EXPECT_NEAR(middle("poly"), 0.5358867, 1e-7);
  EXPECT_NEAR(middle("cosine"), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(middle("step"), 1);
  EXPECT_NEAR(middle("exp"), 0.3162278, 1e-7);
  step.lr_milestones = {0.5};
  step.lr_gamma = 0.25;
  EXPECT_DOUBLE_EQ(middle("step"), 0.25);
  EXPECT_DOUBLE_EQ(middle("exp"), 0.5);
}

TEST(StepSettings, TheGradientsLimitIsTheConfigs) {
  Config config;
  EXPECT_EQ(step_options(config, 1).largest_gradient_norm, 0);
  config.step.clip_grad_norm = 2.5;
  EXPECT_EQ(step_options(config, 1).largest_gradient_norm, 2.5);
}

TEST(StepSettings, ClassWeightsCountInMicroBatchesWhereTheLossIsDividedByThem) {
  Config config;
  EXPECT_TRUE(step_options(config, 1, {2, 3}).label_weights.empty()) << "OHEM is divided by pixels";
  config.loss.loss = "ce";
  config.dataset.lb_ignore = 0;
  EXPECT_EQ(step_options(config, 1, {2, 3}).label_weights, (std::vector<double>{0, 3}));
}

TEST(StepSettings, SoDoWeightsOfPixelsNearBoundaries) {
  Config config;
  config.boundaries.boundary_weight = 3;
  config.boundaries.boundary_sigma = 2;
  EXPECT_TRUE(step_options(config, 1).distance_weights.empty()) << "OHEM chooses what it is divided by";
  config.loss.loss = "ce";
  const StepOptions options = step_options(config, 1);
  ASSERT_EQ(options.distance_weights.size(), 256U);
  EXPECT_EQ(options.distance_weights[0], 4);
  EXPECT_NEAR(options.distance_weights[16], 1 + 3 * std::exp(-0.5), 1e-12);
  ASSERT_EQ(options.label_weights.size(), 256U);
  EXPECT_EQ(options.label_weights[0], 1);
  EXPECT_EQ(options.label_weights[255], 0);
  EXPECT_EQ(step_options(config, 1, {2, 3}).label_weights, (std::vector<double>{2, 3}));
}

}  // namespace
}  // namespace seg
