// SPDX-License-Identifier: Apache-2.0
#include "training/bench_run.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "base/machine.h"
#include "doctor/figures.h"
#include "tests/training/tiny_run.h"
#include "training/forecast.h"

namespace seg {
namespace {

using Json = nlohmann::json;

class RunBenchOf : public ::testing::Test {
 protected:
  ~RunBenchOf() override { std::fclose(text_); }
  Json bench(const testing::Words& overrides = {}, const RunBench& bench = {.length = {.warmup = 1, .steps = 4}}) {
    return bench_run(testing::tiny_config(overrides).config, bench, console_);
  }

  std::FILE* text_ = std::tmpfile();
  Console console_{{.stream = text_}};
};

TEST_F(RunBenchOf, PhasesAreAllOfTheTime) {
  const Json json = bench();
  double sum = 0;
  for (const auto& [phase, share] : json.at("phases").items()) sum += share.get<double>();
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_GT(json.at("phases").at("data_wait"), 0);  // the training thread loads
  EXPECT_GT(json.at("phases").at("backward"), 0);
  EXPECT_EQ(json.at("steps"), 4);
  EXPECT_EQ(json.at("batch"), 2);
}

TEST_F(RunBenchOf, FiguresAgreeWithEachOther) {
  const Figures figures = figures_from(bench({"gradient_accumulation_steps=2"}).at("figures"));
  EXPECT_EQ(figures.images_of_micro_batch, 2);
  EXPECT_EQ(figures.micro_batches, 2);
  EXPECT_EQ(figures.samples_per_step(), 4);
  EXPECT_EQ(figures.threads, 1);
  EXPECT_EQ(figures.workers, 0);
  EXPECT_EQ(figures.asked_workers, 0);
  EXPECT_EQ(figures.prefetch_steps, kUsualPrefetch);
  EXPECT_EQ(figures.precision, "fp32");
  EXPECT_EQ(figures.cache, "off");
  EXPECT_EQ(figures.processors, usable_processors());
  EXPECT_EQ(figures.images, 7);
  EXPECT_EQ(figures.image_pixels, 40 * 72);
  EXPECT_EQ(figures.eval_interval, 0);
  EXPECT_FALSE(figures.evaluation_seconds);
  // What is neither waiting nor other is the step.
  EXPECT_NEAR(*figures.run_rate / *figures.step_rate, 1 - *figures.phase(Phase::data_wait), 0.05);
  EXPECT_GT(*figures.stage(LoaderStage::resample), 0);
}

TEST_F(RunBenchOf, CountedStepsFindTheirSamplesInTheCache) {
  const Figures off = figures_from(bench({"num_workers=0"}).at("figures"));
  const Figures ram = figures_from(bench({"num_workers=0", "cache=ram"}).at("figures"));
  EXPECT_EQ(ram.cache, "ram");
  // The synthetic streets are drawn where files would be decoded: kept ones are not drawn again.
  EXPECT_LT(*ram.stage(LoaderStage::decode), 0.5 * *off.stage(LoaderStage::decode));
}

TEST_F(RunBenchOf, GoesOnForAsLongAsAsked) {
  const Json json = bench({}, {.length = {.warmup = 1, .steps = 1, .seconds = 0.3}});
  EXPECT_GT(json.at("steps"), 1);
}

TEST_F(RunBenchOf, IsMadeToFitAsARunIs) {
  const testing::Words keys = {"cropsize=128x128", "ims_per_gpu=8"};
  Config config = testing::tiny_config(keys).config;
  const auto dataset = open_dataset(config.dataset, Split::train);
  const RunSettings settings = resolve_settings(config, *dataset);
  const Forecast expected = forecast_of_steps(config, settings, *dataset);
  const std::int64_t of_two = expected.bytes_in_steps() - expected.step_bytes + StepForecast(config, settings).bytes(2);
  config.memory.memory_limit = static_cast<double>(resident_bytes() + of_two + (1 << 20)) / 1073741824.0;
  const Figures figures =
      figures_from(bench_run(config, {.length = {.warmup = 1, .steps = 1}}, console_).at("figures"));
  EXPECT_GE(figures.micro_batches, 4);
  EXPECT_EQ(figures.asked_micro_batches, 1);
  EXPECT_LE(figures.memory_forecast_bytes, of_two);
}

TEST_F(RunBenchOf, ACacheTakesNoMoreThanTheLimitLeavesBesideTheSteps) {
  Config config = testing::tiny_config({"cache=ram", "synthetic_images=40", "synthetic_size=640x1152"}).config;
  const auto dataset = open_dataset(config.dataset, Split::train);
  const Forecast expected = forecast_of_steps(config, resolve_settings(config, *dataset), *dataset);
  const std::int64_t room = 40'000'000;  // less than all images take
  config.memory.memory_limit = static_cast<double>(resident_bytes() + expected.bytes_in_steps() + room) / 1073741824.0;
  const Figures figures =
      figures_from(bench_run(config, {.length = {.warmup = 1, .steps = 1}}, console_).at("figures"));
  EXPECT_EQ(figures.cache, "ram");
  EXPECT_LE(figures.memory_forecast_bytes, figures.usable_memory_bytes);
}

TEST_F(RunBenchOf, EvaluatesIfAsked) {
  const Figures figures =
      figures_from(bench({}, {.length = {.warmup = 1, .steps = 1}, .evaluates = true}).at("figures"));
  EXPECT_GT(figures.evaluation_seconds.value(), 0);
}

TEST_F(RunBenchOf, WhatIsAutomaticIsNotKnown) {
  const Json members = bench({"eval_interval=auto"}).at("figures");
  EXPECT_FALSE(members.contains("eval_interval"));
  EXPECT_FALSE(members.contains("gpu_utilisation"));
}

}  // namespace
}  // namespace seg
