// SPDX-License-Identifier: Apache-2.0
#include "training/step_settings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/training/small_network.h"

namespace seg {
namespace {

Setting row_of(const Config& config, const std::string& key) {
  RunSettings settings;
  settings.last_step = 101;
  settings.card = testing::small_card();
  const std::vector<Setting> rows = step_rows(config, settings);
  const auto row = std::ranges::find(rows, key, &Setting::key);
  return row == rows.end() ? Setting{} : *row;
}

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

TEST(StepSettings, TheTableSaysHowTheRateFalls) {
  Config config;
  config.step.lr_start = 0.02;
  config.step.warmup_iters = 1;
  config.step.lr_schedule = "cosine";
  const Setting row = row_of(config, "learning rate");
  EXPECT_EQ(row.value, "0.02, cosine");
  EXPECT_EQ(row.reason, "after 1 steps of warm-up; 0.0103141 half-way, 4.9e-06 at the end");
}

TEST(StepSettings, TheTableSaysWhatTheOptimizerHolds) {
  Config config;
  const std::string momenta = row_of(config, "optimizer").value;  // of some 5.2 M floats
  EXPECT_TRUE(momenta.starts_with("sgd, 2")) << momenta;
  config.step.optimizer = "adamw";
  const Setting row = row_of(config, "optimizer");
  EXPECT_TRUE(row.value.starts_with("adamw, 4")) << row.value;
  EXPECT_EQ(row.reason, "adam_betas 0.9 and 0.999, adam_eps 1e-08, weight_decay 5e-04");
}

TEST(StepSettings, WhatIsOffHasNoRow) {
  EXPECT_EQ(row_of({}, "gradient").key, "");
  EXPECT_EQ(row_of({}, "average of weights").key, "");
  EXPECT_EQ(row_of({}, "accumulation").key, "");
}

TEST(StepSettings, ClippingAndTheAverageAreSaid) {
  Config config;
  config.step.clip_grad_norm = 2.5;
  config.step.ema_decay = 0.99;
  EXPECT_EQ(row_of(config, "gradient").value, "at most 2.5 long");
  EXPECT_EQ(step_options(config).largest_gradient_norm, 2.5);
  const Setting average = row_of(config, "average of weights");
  EXPECT_TRUE(average.value.starts_with("decay 0.99, 2")) << average.value;
  EXPECT_NE(average.reason.find("final weights are the averaged ones"), std::string::npos);
}

TEST(StepSettings, AccumulationSaysWhatSeesTheMicroBatchAlone) {
  Config config;
  config.step.gradient_accumulation_steps = 3;
  config.loader.ims_per_gpu = 2;
  const Setting ohem = row_of(config, "accumulation");
  EXPECT_EQ(ohem.value, "3 micro-batches of 2 images");
  EXPECT_EQ(ohem.reason,
            "losses are means over all valid pixels; batch normalisation and OHEM's choice see one micro-batch");
  config.loss.loss = "ce";
  EXPECT_EQ(row_of(config, "accumulation").reason,
            "losses are means over all valid pixels; batch normalisation sees one micro-batch");
  config.step.exact_accumulation = false;
  EXPECT_NE(row_of(config, "accumulation").reason.find("micro-batches count alike"), std::string::npos);
}

}  // namespace
}  // namespace seg
