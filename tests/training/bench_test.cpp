// SPDX-License-Identifier: Apache-2.0
#include "training/bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "base/clock.h"
#include "base/machine.h"
#include "base/out_of_memory.h"
#include "tests/training/tiny_run.h"
#include "training/forecast.h"

namespace seg {
namespace {

using Json = nlohmann::json;

std::int64_t no_count() noexcept { return 0; }

class Bench : public ::testing::Test {
 protected:
  ~Bench() override { std::fclose(text_); }
  static Config config(const testing::Words& overrides = {}) { return testing::tiny_config(overrides).config; }

  std::FILE* text_ = std::tmpfile();
  Console console_{{.stream = text_}};
};

TEST_F(Bench, OfTheStepHasTheMembersOfTheContract) {
  const Json json = bench_step(config(), {.warmup = 1, .steps = 3}, console_);
  EXPECT_GT(json.at("images_per_second").get<double>(), 0);
  for (const char* part : {"forward", "loss", "backward", "optimizer"})
    EXPECT_GT(json.at("milliseconds").at(part).get<double>(), 0) << part;
  EXPECT_GT(json.at("peak_bytes").get<std::int64_t>(), 0);
  EXPECT_GE(json.at("page_faults_per_step").get<double>(), 0);
  EXPECT_EQ(json.at("reads_back_per_step"), 0);
  EXPECT_EQ(json.at("reads_back"), Json::object());  // by call site
  EXPECT_EQ(json.at("batch"), (Json{2, 3, 32, 64}));
  EXPECT_EQ(json.at("machine").at("threads"), 1);
  const Json& spread = json.at("seconds_per_step");
  EXPECT_LE(spread.at("p10").get<double>(), spread.at("median").get<double>());
  EXPECT_LE(spread.at("median").get<double>(), spread.at("p90").get<double>());
  // Rate and median say the same.
  EXPECT_NEAR(json.at("images_per_second").get<double>() * spread.at("median").get<double>(), 2, 1e-9);
}

TEST_F(Bench, ThePartsOfAStepAddUpToIt) {
  const Json json = bench_step(config(), {.warmup = 1, .steps = 5}, console_);
  double milliseconds = 0;
  for (const auto& [part, value] : json.at("milliseconds").items()) milliseconds += value.get<double>();
  EXPECT_GT(milliseconds, 700 * json.at("seconds_per_step").at("p10").get<double>());
}

TEST_F(Bench, OfTheStepSplitsTheBatchAsTrainingDoes) {
  const Json json = bench_step(config({"gradient_accumulation_steps=2"}), {.warmup = 0, .steps = 1}, console_);
  EXPECT_EQ(json.at("batch")[0], 4);
  EXPECT_GE(json.at("memory_growth_bytes").get<std::int64_t>(), 0);  // what earlier tests left may serve again
}

TEST_F(Bench, OfTheStepKeepsToTheMemoryLimitAsTrainingDoes) {
  const testing::Words keys = {"cropsize=128x128", "ims_per_gpu=8"};
  const Config usual = config(keys);
  const auto dataset = open_dataset(usual.dataset, Split::train);
  const RunSettings settings = resolve_settings(usual, *dataset);
  const Forecast expected = forecast_of_steps(usual, settings, *dataset);
  const std::int64_t of_two = expected.bytes_in_steps() - expected.step_bytes + StepForecast(usual, settings).bytes(2);
  const auto bounded_by = [&](std::int64_t bytes) {
    Config bounded = usual;
    bounded.memory.memory_limit = static_cast<double>(resident_bytes() + bytes) / 1073741824.0;
    return bench_step(bounded, {.warmup = 0, .steps = 1}, console_);
  };
  EXPECT_EQ(bounded_by(2 * expected.bytes_in_steps()).at("micro_batches"), 1);
  const Json split = bounded_by(of_two + (1 << 20));
  EXPECT_GE(split.at("micro_batches"), 4);
  EXPECT_EQ(split.at("batch")[0], 8);
  EXPECT_THROW((void)bounded_by(expected.parameter_bytes), OutOfMemory);
}

TEST_F(Bench, OfTheLoaderHasTheMembersOfTheContract) {
  const Json json = bench_loader(config(), {.warmup = 1, .steps = 4}, no_count, console_);
  EXPECT_GT(json.at("images_per_second").get<double>(), 0);
  for (const char* stage : {"read", "decode", "label", "resample"})
    EXPECT_GE(json.at("milliseconds").at(stage).get<double>(), 0) << stage;
  EXPECT_EQ(json.at("workers"), 0);
  EXPECT_EQ(json.at("allocations_per_sample"), 0);
  EXPECT_GT(json.at("ring_bytes").get<std::int64_t>(), 0);
  EXPECT_GT(json.at("first_batch_seconds").get<double>(), 0);
  EXPECT_EQ(json.at("batches"), 4);
}

TEST_F(Bench, OfTheLoaderGoesOnForAsLongAsAsked) {
  const double began = seconds_now();
  const Json json = bench_loader(config(), {.warmup = 0, .steps = 1, .seconds = 0.2}, no_count, console_);
  EXPECT_GE(seconds_now() - began, 0.2);
  EXPECT_GT(json.at("batches"), 1);
}

TEST_F(Bench, OfTheLoaderHasAsManyWorkersAsAskedSinceNobodyComputes) {
  const Json json = bench_loader(config({"num_workers=2"}), {.warmup = 0, .steps = 1}, no_count, console_);
  EXPECT_EQ(json.at("workers"), std::min(2, usable_processors()));
}

TEST(SpreadOf, TakesRanksOfTheSortedValues) {
  std::vector<double> values;
  for (int i = 11; i >= 1; --i) values.push_back(i);
  const Spread spread = spread_of(values);
  EXPECT_EQ(spread.median, 6);
  EXPECT_EQ(spread.p10, 2);
  EXPECT_EQ(spread.p90, 10);
}

TEST(SpreadOf, OneValueIsAllOfThem) {
  const Spread spread = spread_of({3});
  EXPECT_EQ(spread.median, 3);
  EXPECT_EQ(spread.p10, 3);
  EXPECT_EQ(spread.p90, 3);
}

}  // namespace
}  // namespace seg
