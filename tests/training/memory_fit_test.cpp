// SPDX-License-Identifier: Apache-2.0
#include "training/memory_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "base/out_of_memory.h"
#include "base/signals.h"
#include "engine/memory.h"
#include "tests/support/problem_of.h"
#include "tests/support/recording_log.h"
#include "tests/training/tiny_run.h"
#include "training/memory_check.h"

namespace seg {
namespace {

using testing::contains;
using testing::TinyRun;
using testing::Words;

// Maps weigh more than weights and images.
const Words kLarge = {"cropsize=128x128", "ims_per_gpu=12"};

struct Subject {
  explicit Subject(Words keys = {})
      : resolved(testing::tiny_config(with(std::move(keys)))),
        train(open_dataset(resolved.config.dataset, Split::train)),
        validation(open_dataset(resolved.config.dataset, Split::validation)),
        settings(resolve_settings(resolved.config, *train)),
        expected(forecast(resolved.config, settings, *train, *validation)) {}
  static Words with(Words keys) {
    keys.insert(keys.begin(), kLarge.begin(), kLarge.end());
    return keys;
  }
  std::optional<BatchSplit> split(std::int64_t budget) {
    return split_to_fit(resolved.config, budget, settings, expected, log);
  }
  std::int64_t total_of(std::int64_t images) const {
    return expected.bytes_in_steps() - expected.step_bytes + StepForecast(resolved.config, settings).bytes(images);
  }

  ResolvedConfig resolved;
  std::unique_ptr<Dataset> train, validation;
  RunSettings settings;
  Forecast expected;
  testing::RecordingLog log;
};

TEST(MemoryFit, TheFewestPartsThatFitAreEqualAndNoLargerThanConfigured) {
  const auto at_most = [](std::int64_t most) { return [most](std::int64_t images) { return images <= most; }; };
  EXPECT_EQ(fitting_parts(12, 1, at_most(12)), 1);
  EXPECT_EQ(fitting_parts(12, 1, at_most(11)), 2);
  EXPECT_EQ(fitting_parts(12, 1, at_most(5)), 3);
  EXPECT_EQ(fitting_parts(12, 4, at_most(12)), 4);
  EXPECT_EQ(fitting_parts(7, 1, at_most(6)), 7);
  EXPECT_EQ(fitting_parts(7, 1, at_most(0)), std::nullopt);
}

TEST(MemoryFit, TheLargestThatFitsIsFoundInFewTries) {
  for (const std::int64_t most : {1, 2, 7, 64, 1000}) {
    for (std::int64_t limit = 0; limit <= most + 1; ++limit) {
      int tries = 0;
      const std::int64_t found = largest_fitting(most, [&](std::int64_t n) {
        EXPECT_GE(n, 1);
        EXPECT_LE(n, most);
        ++tries;
        return n <= limit;
      });
      EXPECT_EQ(found, std::clamp<std::int64_t>(limit, 1, most));
      EXPECT_LE(tries, 21);
    }
  }
}

TEST(MemoryFit, ABatchThatFitsStaysWhole) {
  Subject subject;
  EXPECT_FALSE(subject.split(subject.expected.memory_bytes()));
  EXPECT_EQ(subject.settings.micro_batches, 1);
  EXPECT_TRUE(subject.log.warnings.empty());
}

TEST(MemoryFit, ABatchThatDoesNotFitIsSplitAsFarAsNeededAndThatIsSaid) {
  Subject subject;
  const std::int64_t budget = subject.total_of(4);
  EXPECT_LT(subject.expected.evaluation_bytes, StepForecast(subject.resolved.config, subject.settings).bytes(4));
  const auto split = subject.split(budget);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->images, 12);
  EXPECT_EQ(split->parts_before, 1);
  EXPECT_EQ(split->parts, 3);
  EXPECT_TRUE(contains(split->reason, "forecast")) << split->reason;
  EXPECT_EQ(subject.settings.micro_batches, 3);
  EXPECT_EQ(subject.settings.samples_per_step, 12);
  EXPECT_EQ(subject.expected.step_images, 4);
  EXPECT_EQ(subject.expected.memory_bytes(), budget);
  ASSERT_EQ(subject.log.warnings.size(), 1U);
  for (const char* word : {"12 images at once", "3 micro-batches of 4 images", "batch normalisation", "on_oom=fail"})
    EXPECT_TRUE(contains(subject.log.warnings.front(), word)) << subject.log.warnings.front();
  EXPECT_FALSE(subject.split(budget));  // as a resumed run does
  EXPECT_EQ(subject.settings.micro_batches, 3);
  EXPECT_EQ(subject.log.warnings.size(), 1U);
}

TEST(MemoryFit, WhatDoesNotFitEvenImageByImageIsOutOfMemoryAndNotSplitInVain) {
  Subject subject;
  const std::int64_t budget = subject.total_of(1) / 2;
  EXPECT_FALSE(subject.split(budget));
  EXPECT_EQ(subject.settings.micro_batches, 1);
  EXPECT_TRUE(subject.log.warnings.empty());
  try {
    check_memory(subject.expected, budget, subject.resolved.config, subject.log);
    ADD_FAILURE();
  } catch (const OutOfMemory& error) {
    EXPECT_TRUE(contains(error.problems().front().what, "on 1 image of 128x128")) << error.problems().front().what;
  }
}

TEST(MemoryFit, WhatGoesOnThoughNothingHelpsGoesImageByImageAndIsToldThatItIsTooMuch) {
  Subject subject({"sanity_check=false"});
  const auto split = subject.split(subject.total_of(1) / 2);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->parts, 12);
  ASSERT_EQ(subject.log.warnings.size(), 1U);
  EXPECT_TRUE(contains(subject.log.warnings.front(), "of 1 image, and even that is forecast to be too much"))
      << subject.log.warnings.front();
}

TEST(MemoryFit, WithOnOomFailNothingIsSplitAndTheRunIsRefusedAsTheUsersToMend) {
  Subject subject({"on_oom=fail"});
  const std::int64_t budget = subject.total_of(4);
  EXPECT_FALSE(subject.split(budget));
  EXPECT_EQ(subject.settings.micro_batches, 1);
  try {
    check_memory(subject.expected, budget, subject.resolved.config, subject.log);
    ADD_FAILURE();
  } catch (const OutOfMemory&) {
    ADD_FAILURE() << "four images fit";
  } catch (const UserError& error) {
    EXPECT_TRUE(contains(error.problems().front().remedy, "on_oom=split")) << error.problems().front().remedy;
  }
}

TEST(MemoryFit, WhereSomethingElseTakesMostABatchIsNotSplitInVain) {
  Subject subject;
  subject.expected.reader_bytes = 100 * subject.expected.step_bytes;
  EXPECT_FALSE(subject.split(subject.expected.step_bytes));
  EXPECT_EQ(subject.settings.micro_batches, 1);
}

TEST(MemoryFit, TensorsAreBoundedByWhatOthersLeaveOfTheBudget) {
  const std::size_t in_use = installed_arena() != nullptr ? installed_arena()->statistics().in_use : 0;
  const Forecast expected{
      .step_bytes = 500, .loader_bytes = 30, .reader_bytes = 20, .library_bytes = 10, .cache_bytes = 40};
  EXPECT_EQ(tensor_cap(expected, 1000, std::nullopt), in_use + 900);
  EXPECT_EQ(tensor_cap(expected, 1000, 5000), in_use + 900);
  EXPECT_EQ(tensor_cap(expected, 300, std::nullopt), 0U);  // goes on with a warning: nothing to keep to
}

TEST(MemoryFit, ALimitThatWasSetBoundsTensorsAlsoWhereSomethingElseIsScarcer) {
  const std::size_t in_use = installed_arena() != nullptr ? installed_arena()->statistics().in_use : 0;
  const Forecast expected{.step_bytes = 500, .loader_bytes = 60, .library_bytes = 40};
  EXPECT_EQ(tensor_cap(expected, 300, 300), in_use + 200);  // it is what binds
  EXPECT_EQ(tensor_cap(expected, 30, 30), in_use + 1);
  EXPECT_EQ(tensor_cap(expected, 300, 550), in_use + 450);  // what is free binds, and the run goes on beyond it
  EXPECT_EQ(tensor_cap(expected, 300, 5000), in_use + 4900);
}

TEST(MemoryFit, AutoBatchIsForCpus) {
  require_forecast_of_kernels(c10::Device(c10::kCPU));
  EXPECT_THROW(require_forecast_of_kernels(c10::Device(c10::kCUDA, 0)), UserError);
}

TEST(MemoryFit, AutoBatchTakesTheMostThatIsForecastToFit) {
  Subject subject({"auto_batch=true", "synthetic_images=40", "ims_per_gpu=2", "lr_start=0.01"});
  const auto forecast_of = [&](std::int64_t images) {
    Config config = subject.resolved.config;
    config.loader.ims_per_gpu = images;
    const RunSettings settings = resolve_settings(config, *subject.train);
    return static_cast<double>(forecast(config, settings, *subject.train, *subject.validation).bytes_in_steps());
  };
  const auto budget = static_cast<std::int64_t>((forecast_of(10) + 1) / 0.9) + 1;
  const auto choose = [&](const StoredValues& stored) {
    choose_batch(subject.resolved, stored, *subject.train, *subject.validation, budget, subject.log);
    return subject.resolved.config.loader.ims_per_gpu;
  };
  EXPECT_EQ(choose({{"ims_per_gpu", "3"}}), 3);  // as the run began, whatever memory is there now
  EXPECT_TRUE(subject.log.texts.empty());
  EXPECT_EQ(choose({}), 10);
  EXPECT_GT(0.9 * static_cast<double>(budget), forecast_of(10));
  EXPECT_LT(0.9 * static_cast<double>(budget), forecast_of(11));
  EXPECT_TRUE(contains(subject.resolved.origins.at("ims_per_gpu").text, "auto_batch"));
  ASSERT_EQ(subject.log.texts.size(), 1U);
  for (const char* word : {"ims_per_gpu=10", "with a tenth to spare", "10 images, not 3", "lr_start stays 0.01"})
    EXPECT_TRUE(contains(subject.log.texts.front(), word)) << subject.log.texts.front();
}

TEST(MemoryFit, AnEvaluationThatIsTooMuchAnywayDoesNotMakeTheBatchSmaller) {
  Subject subject(
      {"auto_batch=true", "synthetic_images=40", "ims_per_gpu=2", "synthetic_val_images=400", "eval_ims_per_gpu=400"});
  Config config = subject.resolved.config;
  config.loader.ims_per_gpu = 10;
  const Forecast expected =
      forecast(config, resolve_settings(config, *subject.train), *subject.train, *subject.validation);
  const auto budget = static_cast<std::int64_t>(static_cast<double>(expected.bytes_in_steps() + 1) / 0.9) + 1;
  ASSERT_GT(expected.bytes_in_evaluations(), budget);
  choose_batch(subject.resolved, {}, *subject.train, *subject.validation, budget, subject.log);
  EXPECT_EQ(subject.resolved.config.loader.ims_per_gpu, 10);
}

TEST(MemoryFit, WhereNotEvenOneImageFitsNobodySaysThatItDoes) {
  Subject subject({"auto_batch=true"});
  choose_batch(subject.resolved, {}, *subject.train, *subject.validation, 1000, subject.log);
  EXPECT_EQ(subject.resolved.config.loader.ims_per_gpu, 1);
  ASSERT_EQ(subject.log.texts.size(), 1U);
  EXPECT_FALSE(contains(subject.log.texts.front(), "forecast to fit")) << subject.log.texts.front();
  EXPECT_TRUE(contains(subject.log.texts.front(), "ims_per_gpu=1, the least there is")) << subject.log.texts.front();
}

TEST(MemoryFit, ARunKeepsTheBatchThatItBeganWith) {
  const Words keys = {"auto_batch=true", "synthetic_images=5", "max_iter=4", "eval_interval=0"};
  const TinyRun whole(keys), stopped(keys);
  (void)whole.train();
  EXPECT_EQ(whole.metrics("end").front().at("reason"), "finished");
  const std::string config = testing::content_of(whole.folder() / "config.toml");
  EXPECT_TRUE(contains(config, "ims_per_gpu = 5")) << config;
  (void)stopped.train_a_step(SIGTERM);
  clear_requests();
  const TrainResult result = stopped.train();  // the config says 2, the checkpoint 5
  EXPECT_TRUE(result.is_complete);
  EXPECT_TRUE(testing::same_tensors(stopped.final_weights(), whole.final_weights()));
  EXPECT_TRUE(contains(whole.text(), "auto_batch: ims_per_gpu=5, all images for training at once")) << whole.text();
}

}  // namespace
}  // namespace seg
