// SPDX-License-Identifier: Apache-2.0
#include "training/forecast.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/memory_plan.h"
#include "tests/support/problem_of.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

using testing::contains;
using testing::TinyRun;
using testing::Words;

Forecast forecast_of(const Words& overrides = {}) {
  const Config config = testing::tiny_config(overrides).config;
  const auto train = open_dataset(config.dataset, Split::train);
  const auto validation = open_dataset(config.dataset, Split::validation);
  return forecast(config, resolve_settings(config, *train), *train, *validation);
}

TEST(Forecast, FilesAreAsLargeAsForetold) {
  const TinyRun run;
  (void)run.train();
  const Forecast expected = forecast_of();
  const auto close = [](std::int64_t foretold, const std::filesystem::path& file) {
    const auto size = static_cast<double>(std::filesystem::file_size(file));
    EXPECT_NEAR(static_cast<double>(foretold), size, 0.02 * size) << file;
  };
  close(expected.checkpoint_bytes, run.checkpoint(6));
  close(expected.weights_bytes, run.final_weights());
  EXPECT_EQ(expected.num_checkpoints, 4);  // two, the best, and one being written
  std::int64_t there = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(run.folder()))
    if (entry.is_regular_file()) there += static_cast<std::int64_t>(entry.file_size());
  EXPECT_GE(expected.disk_bytes(), there);
  EXPECT_NEAR(static_cast<double>(bytes_already_there(RunFolder(run.folder()))), static_cast<double>(there), 2e6);
}

TEST(Forecast, TheOptimizersMemoryAndTheAverageCount) {
  const Words keys = {"optimizer=adamw", "ema_decay=0.9", "max_iter=1"};
  const TinyRun run(keys);
  (void)run.train();
  const Forecast usual = forecast_of(), more = forecast_of(keys);
  const auto size = static_cast<double>(std::filesystem::file_size(run.checkpoint(1)));
  EXPECT_NEAR(static_cast<double>(more.checkpoint_bytes), size, 0.02 * size);
  EXPECT_NEAR(static_cast<double>(more.parameter_bytes), 5.0 / 3 * static_cast<double>(usual.parameter_bytes),
              0.02 * static_cast<double>(usual.parameter_bytes));  // of values, gradients, momenta and two more
}

TEST(Forecast, WhatAGpuHoldsIsNotThisMachinesMemory) {
  const Config config = testing::tiny_config().config;
  const auto train = open_dataset(config.dataset, Split::train);
  const auto validation = open_dataset(config.dataset, Split::validation);
  RunSettings settings = resolve_settings(config, *train);
  const Forecast here = forecast(config, settings, *train, *validation);
  settings.device.device = c10::Device(c10::kCUDA, 0);
  const Forecast there = forecast(config, settings, *train, *validation);
  EXPECT_EQ(here.gpu_bytes, 0);
  EXPECT_GE(there.gpu_bytes, here.step_bytes + here.parameter_bytes);
  EXPECT_LT(there.memory_bytes(), here.memory_bytes() - here.parameter_bytes);
  EXPECT_EQ(there.loader_bytes, here.loader_bytes);
  EXPECT_FALSE(contains(forecast_text(here, std::nullopt, 1), "GPU"));
  EXPECT_TRUE(contains(forecast_text(there, std::nullopt, 1), "of the GPU's"));
}

TEST(Forecast, MoreIsKeptInMoreSpace) {
  const Forecast usual = forecast_of(), more = forecast_of({"keep_checkpoints=10", "save_best=false"});
  EXPECT_EQ(more.num_checkpoints, 11);
  EXPECT_EQ(more.disk_bytes() - usual.disk_bytes(), 7 * usual.checkpoint_bytes);
}

TEST(Forecast, MemoryGrowsWithTheBatchTheCropAndTheImagesThatAreEvaluated) {
  // Large enough that the maps weigh more than the gradients of the weights.
  const Words large = {"cropsize=256x256", "synthetic_size=160x288"};
  const auto with = [&](const char* word) {
    Words words = large;
    words.emplace_back(word);
    return forecast_of(words);
  };
  const Forecast usual = forecast_of(large);
  EXPECT_GT(usual.parameter_bytes, 3 * 4 * 1'000'000);  // the network has some millions
  EXPECT_GT(with("ims_per_gpu=8").step_bytes, 3 * usual.step_bytes);
  EXPECT_LT(with("ims_per_gpu=8").step_bytes, 4 * usual.step_bytes + 1);
  EXPECT_LT(with("cropsize=128x128").step_bytes, usual.step_bytes / 2);
  EXPECT_LT(with("precision=bf16").step_bytes, usual.step_bytes);
  EXPECT_GT(with("synthetic_size=640x1152").evaluation_bytes, 2 * with("synthetic_size=320x576").evaluation_bytes);
  EXPECT_GT(with("eval_protocols=msf").evaluation_bytes, 2 * with("eval_protocols=ss").evaluation_bytes);
  EXPECT_GT(with("prefetch_factor=8").loader_bytes, 2 * usual.loader_bytes);
}

TEST(Forecast, ADiskWithoutRoomIsRefusedWithWhatToDo) {
  const Config config = testing::tiny_config({"keep_checkpoints=7"}).config;
  const Forecast expected{.weights_bytes = 10, .checkpoint_bytes = 100, .num_checkpoints = 9};
  const std::int64_t needed = expected.disk_bytes();
  EXPECT_NO_THROW(check_disk(expected, DiskSpace{.free_bytes = needed}, 0, config));
  EXPECT_NO_THROW(check_disk(expected, DiskSpace{.free_bytes = needed - 50}, 50, config));
  EXPECT_NO_THROW(check_disk(expected, std::nullopt, 0, config));
  EXPECT_NO_THROW(check_disk(expected, DiskSpace{.free_bytes = 0}, 2 * needed, config));
  try {
    check_disk(expected, DiskSpace{.free_bytes = needed - 1}, 0, config);
    ADD_FAILURE();
  } catch (const UserError& error) {
    const Problem& problem = error.problems().front();
    EXPECT_EQ(problem.where, config.run.respth);
    EXPECT_NE(problem.what.find("9 checkpoints"), std::string::npos) << problem.what;
    for (const char* word : {"respth", "keep_checkpoints is 7"})
      EXPECT_NE(problem.remedy.find(word), std::string::npos) << problem.remedy;
  }
}

TEST(Forecast, OfStepsAloneIsThatOfARunThatEvaluatesNothing) {
  const Config config = testing::tiny_config().config;
  const auto train = open_dataset(config.dataset, Split::train);
  const auto validation = open_dataset(config.dataset, Split::validation);
  const RunSettings settings = resolve_settings(config, *train);
  const Forecast whole = forecast(config, settings, *train, *validation);
  const Forecast steps = forecast_of_steps(config, settings, *train);
  EXPECT_EQ(steps.bytes_in_steps(), whole.bytes_in_steps());
  EXPECT_EQ(steps.evaluation_bytes, 0);
  EXPECT_EQ(whole.least_bytes(), steps.least_bytes());
  EXPECT_LT(whole.least_bytes(), whole.bytes_in_steps());
}

TEST(Forecast, ImagesThatWorkersHoldAndTheCacheCount) {
  const Words images = {"synthetic_size=320x576"};
  const Forecast usual = forecast_of(images), caching = forecast_of({"synthetic_size=320x576", "cache=ram"});
  EXPECT_EQ(usual.largest_image.height, 320);
  EXPECT_GT(usual.reader_bytes, 0);
  EXPECT_LT(usual.reader_bytes, caching.reader_bytes);
  const std::int64_t image_and_label = 320 * 576 * 4;
  EXPECT_EQ(caching.reader_bytes, usual.num_readers * image_and_label);
  EXPECT_EQ(caching.evaluation_bytes - usual.evaluation_bytes, usual.num_readers * image_and_label);
  Forecast cached = usual;
  cached.cache_bytes = 5'000'000'000;
  EXPECT_EQ(cached.memory_bytes(), usual.memory_bytes() + 5'000'000'000);
  EXPECT_TRUE(contains(forecast_text(cached, std::nullopt, 9'000'000'000), "the cache takes up to 5.0 GB of it"))
      << forecast_text(cached, std::nullopt, 9'000'000'000);
}

TEST(Forecast, StepsAndEvaluationsTakeTurns) {
  const Forecast expected{.step_bytes = 1000, .evaluation_bytes = 400, .parameter_bytes = 100, .library_bytes = 10};
  EXPECT_EQ(expected.bytes_in_steps(), 1110);
  EXPECT_EQ(expected.bytes_in_evaluations(), 510);
  EXPECT_EQ(expected.memory_bytes(), 1110);
}

TEST(Forecast, TheRehearsalIsNothingThatTheRunHasNeedOf) {
  EXPECT_EQ(forecast_of().memory_bytes(), forecast_of({"sanity_check=false"}).memory_bytes());
}

TEST(Forecast, NoLogitsOfTheImagesSizeCountWhereEvaluationsMakeNone) {
  const Config config = testing::tiny_config({"synthetic_size=640x1152", "synthetic_val_images=1"}).config;
  const auto train = open_dataset(config.dataset, Split::train);
  const auto validation = open_dataset(config.dataset, Split::validation);
  const RunSettings settings = resolve_settings(config, *train);
  const Graph graph = evaluation_graph(settings.card, settings.passes, false);
  const InputSize size{.images = 1, .height = 640, .width = 1152};
  const std::int64_t values = plan_memory(graph, forward_plan(graph), size, {}).peak_bytes;
  const std::int64_t logits = settings.card.num_classes * 640 * 1152 * 4;
  const std::int64_t expected = forecast(config, settings, *train, *validation).evaluation_bytes;
  EXPECT_GT(expected, values);
  EXPECT_LT(expected, values + logits);
}

TEST(Forecast, WhatTheNetworkSaysOfAllWindowsCountsUntilTheyAreMerged) {
  const Words words = {"synthetic_size=256x512", "eval_protocols=mscf", "eval_crop=128x128",  "eval_scales=1.75",
                       "eval_flip=true",         "point_rend=true",     "point_rend_steps=3", "n_cats=11"};
  constexpr std::int64_t kWindows = 5 * 10;  // on 448x896, one every 86 pixels
  for (const char* overlap : {"window_overlap=sum", "window_overlap=divide"}) {
    Words all = words;
    all.emplace_back(overlap);
    EXPECT_GT(forecast_of(all).evaluation_bytes, 2 * kWindows * 128 * 128 * 11 * 4) << overlap;
  }
}

TEST(Forecast, IsShownBeforeTheFirstStepAndInADryRun) {
  const TinyRun run({"max_iter=1"});
  (void)run.train();
  const std::string text = run.text();
  EXPECT_LT(text.find("forecast: about"), text.find("step 1/1")) << text;
}

}  // namespace
}  // namespace seg
