// SPDX-License-Identifier: Apache-2.0
#include "training/settings_table.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/loader/fake_dataset.h"
#include "tests/training/small_network.h"

namespace seg {
namespace {

Setting row_of(const Config& config, const std::string& key) {
  RunSettings settings;
  settings.last_step = 101;
  settings.card = testing::small_card();
  settings.micro_batches = config.step.gradient_accumulation_steps;
  settings.samples_per_step = settings.micro_batches * config.loader.ims_per_gpu;
  const std::vector<Setting> rows = step_rows(config, settings);
  const auto row = std::ranges::find(rows, key, &Setting::key);
  return row == rows.end() ? Setting{} : *row;
}

TEST(SettingsTable, SaysWhatWasResolved) {
  Config config;
  config.run.max_iter = 95;
  config.augmentation.cropsize = {64, 96};
  config.loader.ims_per_gpu = 2;
  config.step.gradient_accumulation_steps = 2;
  config.evaluation.eval_interval = 0;
  const testing::FakeDataset data({.size = 7});
  const std::vector<Setting> rows = settings_table(config, data, resolve_settings(config, data));
  const auto value_of = [&](const std::string& key) {
    const auto row = std::ranges::find(rows, key, &Setting::key);
    return row == rows.end() ? "no row" : row->value;
  };
  EXPECT_EQ(value_of("global batch"), "4");
  EXPECT_EQ(value_of("steps"), "95");
  EXPECT_EQ(value_of("crop"), "64x96");
  EXPECT_EQ(value_of("evaluation"), "at the end");
  EXPECT_EQ(value_of("prefetch_factor"), "2");
  EXPECT_EQ(value_of("accumulation"), "2 micro-batches of 2 images");
}

TEST(SettingsTable, PromisesNoEvaluationForWhichThereMayBeNoTime) {
  Config config;
  config.run.max_iter = 3;
  const testing::FakeDataset data({.size = 7});
  const auto value = [&] {
    const std::vector<Setting> rows = settings_table(config, data, resolve_settings(config, data));
    return std::ranges::find(rows, "evaluation", &Setting::key)->value;
  };
  EXPECT_EQ(value(), "at the end, and every step as far as time allows");
  config.run.max_iter = 95;
  EXPECT_EQ(value(), "at the end, and every 10 steps as far as time allows");
  config.evaluation.eval_interval = 1;
  EXPECT_EQ(value(), "every step, and at the end");
}

TEST(SettingsTable, SaysWhatDeterminismAndFp16Cost) {
  Config config;
  config.run.deterministic = true;
  config.run.max_iter = 5;
  const testing::FakeDataset data({.size = 7});
  RunSettings settings = resolve_settings(config, data);
  const auto row_named = [&](const std::string& key) {
    const std::vector<Setting> rows = settings_table(config, data, settings);
    const auto row = std::ranges::find(rows, key, &Setting::key);
    return row == rows.end() ? Setting{} : *row;
  };
  EXPECT_TRUE(row_named("deterministic").reason.starts_with("costs nothing"));
  EXPECT_EQ(row_named("loss scale").key, "");
  settings.device.device = c10::Device(c10::kCUDA, 0);
  settings.precision.compute = c10::kHalf;
  EXPECT_TRUE(row_named("deterministic").reason.starts_with("slower"));
  EXPECT_EQ(row_named("loss scale").value, "from 65536");
  config.run.deterministic = false;
  EXPECT_EQ(row_named("deterministic").key, "");
}

TEST(SettingsTable, SaysWhatTheLossWeighs) {
  Config config;
  config.run.max_iter = 95;
  config.augmentation.cropsize = {64, 96};
  const testing::FakeDataset data({.size = 7});
  const auto row = [&] {
    RunSettings settings = resolve_settings(config, data);
    if (!settings.class_weights.empty()) settings.class_weights[3] = 0.12345;
    const std::vector<Setting> rows = settings_table(config, data, settings);
    return *std::ranges::find(rows, "loss", &Setting::key);
  };
  EXPECT_EQ(row().value, "ohem");
  config.loss.class_weights = "median_frequency";
  config.loss.label_smoothing = 0.1;
  EXPECT_EQ(row().value, "ohem, classes weigh 0.123 to 1, labels smoothed by 0.1");
  EXPECT_EQ(row().reason, "loss, ohem_thresh 0.7, class_weights: median_frequency, label_smoothing");
  config.loss = {};
  config.loss.loss = "focal + 0.5*dice";
  EXPECT_EQ(row().value, "focal + 0.5*dice");
  EXPECT_EQ(row().reason, "loss, focal_gamma 2");
  config.loss = {};
  config.boundaries.boundary_weight = 4;
  EXPECT_EQ(row().value, "ohem, pixels on boundaries weigh 5");
  EXPECT_EQ(row().reason, "loss, ohem_thresh 0.7, boundary_weight, boundary_sigma 5");
}

TEST(SettingsTable, SaysWhereDistancesComeFromAndWhy) {
  Config config;
  config.run.max_iter = 95;
  config.augmentation.cropsize = {64, 96};
  const testing::FakeDataset data({.size = 7});
  const auto row = [&] {
    const std::vector<Setting> rows = settings_table(config, data, resolve_settings(config, data));
    const auto found = std::ranges::find(rows, "distances", &Setting::key);
    return found == rows.end() ? std::string() : found->value + " (" + found->reason + ")";
  };
  EXPECT_EQ(row(), "");
  config.boundaries.distance_map = "online";
  EXPECT_EQ(row(), "none (distance_map=online, but nothing needs them)");
  config.boundaries.boundary_weight = 1;
  EXPECT_EQ(row(), "online, up to 32 pixels (distance_map, distance_map_radius)");
  config.boundaries.distance_map = "off";
  config.boundaries.distance_map_radius = 8;
  EXPECT_EQ(row(), "online, up to 8 pixels (needed by boundary_weight)");
  config.boundaries.distance_map = "cache";
  EXPECT_TRUE(row().starts_with("of whole labels, found for every crop (distance_map=cache, but no cache keeps them"));
  config.loader.cache = "ram";
  EXPECT_EQ(row(), "cache, up to 8 pixels (distance_map, distance_map_radius)");
}

TEST(SettingsTable, SaysHowTheRateFalls) {
  Config config;
  config.step.lr_start = 0.02;
  config.step.warmup_iters = 1;
  config.step.lr_schedule = "cosine";
  const Setting row = row_of(config, "learning rate");
  EXPECT_EQ(row.value, "0.02, cosine");
  EXPECT_EQ(row.reason, "after 1 step of warm-up; 0.0103141 half-way, 4.9e-06 at the end");
}

TEST(SettingsTable, SaysWhatTheOptimizerHolds) {
  Config config;
  const std::string momenta = row_of(config, "optimizer").value;  // of some 5.2 M floats
  EXPECT_TRUE(momenta.starts_with("sgd, 2")) << momenta;
  config.step.optimizer = "adamw";
  const Setting row = row_of(config, "optimizer");
  EXPECT_TRUE(row.value.starts_with("adamw, 4")) << row.value;
  EXPECT_EQ(row.reason, "adam_betas 0.9 and 0.999, adam_eps 1e-08, weight_decay 5e-04");
}

TEST(SettingsTable, WhatIsOffHasNoRow) {
  EXPECT_EQ(row_of({}, "gradient").key, "");
  EXPECT_EQ(row_of({}, "average of weights").key, "");
  EXPECT_EQ(row_of({}, "accumulation").key, "");
}

TEST(SettingsTable, ClippingAndTheAverageAreSaid) {
  Config config;
  config.step.clip_grad_norm = 2.5;
  config.step.ema_decay = 0.99;
  EXPECT_EQ(row_of(config, "gradient").value, "at most 2.5 long");
  const Setting average = row_of(config, "average of weights");
  EXPECT_TRUE(average.value.starts_with("decay 0.99, 2")) << average.value;
  EXPECT_NE(average.reason.find("final weights are the averaged ones"), std::string::npos);
}

TEST(SettingsTable, AccumulationSaysWhatSeesTheMicroBatchAlone) {
  Config config;
  config.step.gradient_accumulation_steps = 3;
  config.loader.ims_per_gpu = 2;
  const Setting ohem = row_of(config, "accumulation");
  EXPECT_EQ(ohem.value, "3 micro-batches of 2 images");
  EXPECT_EQ(ohem.reason,
            "losses are means over all valid pixels; batch normalisation and OHEM's choice see one micro-batch; the "
            "learning rate is that of the whole step, and epochs need not divide by it");
  config.loss.loss = "ce";
  EXPECT_EQ(row_of(config, "accumulation").reason,
            "losses are means over all valid pixels; batch normalisation sees one micro-batch; the learning rate is "
            "that of the whole step, and epochs need not divide by it");
  config.step.exact_accumulation = false;
  EXPECT_NE(row_of(config, "accumulation").reason.find("micro-batches count alike"), std::string::npos);
}

}  // namespace
}  // namespace seg
