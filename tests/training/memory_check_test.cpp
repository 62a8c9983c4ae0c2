// SPDX-License-Identifier: Apache-2.0
#include "training/memory_check.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/out_of_memory.h"
#include "tests/support/problem_of.h"
#include "tests/support/problem_record.h"
#include "tests/support/recording_log.h"
#include "tests/training/tiny_run.h"
#include "training/memory_bound.h"

namespace seg {
namespace {

using testing::contains;
using testing::Words;

// Of a refusal that fewer of something would mend.
Problem mendable_at(std::int64_t usable, const Forecast& forecast, const Config& config) {
  testing::RecordingLog log;
  try {
    check_memory(forecast, usable, config, log);
  } catch (const OutOfMemory& error) {
    ADD_FAILURE() << error.problems().front().what;
  } catch (const UserError& error) {
    return error.problems().front();
  }
  return {};
}

Problem refusal(const Forecast& forecast, const Words& overrides = {}) {
  testing::RecordingLog log;
  try {
    check_memory(forecast, forecast.memory_bytes() / 2, testing::tiny_config(overrides).config, log);
  } catch (const UserError& error) {
    return error.problems().front();
  }
  return {};
}

TEST(MemoryCheck, WhatMemoryDoesNotHoldIsRefusedWithTheLargestPartAndWhatMakesItSmaller) {
  const Problem of_step =
      refusal({.step_bytes = 1000, .step_images = 2, .evaluation_bytes = 10, .parameter_bytes = 100});
  EXPECT_TRUE(contains(of_step.what, "2 images of 32x64")) << of_step.what;
  for (const char* word : {"ims_per_gpu", "gradient_accumulation_steps", "cropsize", "sanity_check=false"})
    EXPECT_TRUE(contains(of_step.remedy, word)) << of_step.remedy;
  const Problem of_evaluation = refusal({.step_bytes = 10, .evaluation_bytes = 1000}, {"eval_ims_per_gpu=3"});
  EXPECT_EQ(of_evaluation.where, "eval_ims_per_gpu");
  EXPECT_TRUE(contains(of_evaluation.what, "3 images at once")) << of_evaluation.what;
  for (const char* word : {"smaller eval_ims_per_gpu", "eval_protocols=ssc", "precision=bf16", "smaller validation"})
    EXPECT_TRUE(contains(of_evaluation.remedy, word)) << of_evaluation.remedy;
  EXPECT_FALSE(contains(of_evaluation.remedy, "num_workers")) << of_evaluation.remedy;
  EXPECT_TRUE(contains(refusal({.step_bytes = 10, .evaluation_bytes = 1000, .num_readers = 2}).remedy,
                       "a smaller num_workers"));
  const Forecast waiting{.step_bytes = 10, .loader_bytes = 1000};
  EXPECT_EQ(refusal(waiting, {"num_workers=2"}).where, "prefetch_factor");
  for (const Words& none_waits : {Words{"num_workers=2", "prefetch_factor=1"}, Words{"num_workers=0"}}) {
    EXPECT_EQ(refusal(waiting, none_waits).where, "ims_per_gpu");
    EXPECT_FALSE(contains(refusal(waiting, none_waits).remedy, "prefetch_factor"));
  }
}

TEST(MemoryCheck, SixteenWorkersWithLargeImagesAreRefusedLikeAnyOtherMemory) {
  const Forecast expected{.step_bytes = 100,
                          .reader_bytes = 6'400'000'000,
                          .largest_image = {.height = 8000, .width = 12500},
                          .num_readers = 16};
  const Problem without_cache = refusal(expected);
  EXPECT_EQ(without_cache.where, "num_workers");
  EXPECT_TRUE(contains(without_cache.what, "16 workers with images of 12500 x 8000 to be read take 6.4 GB"))
      << without_cache.what;
  EXPECT_FALSE(contains(without_cache.remedy, "cache=off"));
  EXPECT_TRUE(contains(refusal(expected, {"cache=disk"}).remedy, "cache=off"));
}

// With one of them the run would fit: nothing that a single image is to blame for.
TEST(MemoryCheck, ReadersThatASmallStepHasNoRoomBesideAreFewerToBeMadeAndNotOutOfMemory) {
  Forecast expected{.step_bytes = 500,
                    .image_bytes = 500,
                    .reader_bytes = 480,
                    .largest_image = {.height = 100, .width = 200},
                    .num_readers = 8};
  testing::RecordingLog log;
  const Config config = testing::tiny_config({"memory_limit=1", "num_workers=8"}).config;
  const auto problem_at = [&](std::int64_t usable) { return mendable_at(usable, expected, config); };
  const Problem problem = problem_at(600);
  EXPECT_EQ(problem.where, "num_workers");
  EXPECT_TRUE(contains(problem.what, "8 workers with images of 200 x 100 to be read take 480 B")) << problem.what;
  EXPECT_TRUE(contains(problem.remedy, "a smaller num_workers")) << problem.remedy;
  expected.loader_bytes = 490;
  expected.least_loader_bytes = 10;
  EXPECT_EQ(problem_at(900).where, "prefetch_factor");
  expected.num_readers = 1;
  EXPECT_THROW(check_memory(expected, 900, config, log), OutOfMemory);
}

// Whoever made the evaluation smaller would be refused again.
TEST(MemoryCheck, AnEvaluationThatTakesMostIsNotNamedWhereNoStepFitsEither) {
  const Forecast expected{.step_bytes = 300, .image_bytes = 300, .evaluation_bytes = 1000, .parameter_bytes = 100};
  testing::RecordingLog log;
  const Config config = testing::tiny_config({"eval_ims_per_gpu=3"}).config;
  try {
    check_memory(expected, 300, config, log);
    ADD_FAILURE();
  } catch (const OutOfMemory& error) {
    EXPECT_EQ(error.problems().front().where, "cropsize");
  }
  try {
    check_memory(expected, 450, config, log);
    ADD_FAILURE();
  } catch (const OutOfMemory& error) {
    ADD_FAILURE() << error.problems().front().what;
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, "eval_ims_per_gpu");
  }
}

TEST(MemoryCheck, OnlyWhereNotEvenOneImageFitsItIsOutOfMemory) {
  const Forecast expected{.step_bytes = 1000, .step_images = 4, .image_bytes = 300, .parameter_bytes = 100};
  const Config config = testing::tiny_config({"on_oom=fail", "memory_limit=1"}).config;
  testing::RecordingLog log;
  const auto problem_at = [&](std::int64_t usable) { return mendable_at(usable, expected, config); };
  const Problem problem = problem_at(500);
  EXPECT_EQ(problem.where, "ims_per_gpu");
  EXPECT_TRUE(contains(problem.what, "on 4 images of 32x64 at once takes 1.0 kB")) << problem.what;
  EXPECT_TRUE(contains(problem.remedy, "on_oom=split")) << problem.remedy;
  (void)problem_at(400);                                                // one image fits
  EXPECT_THROW(check_memory(expected, 399, config, log), OutOfMemory);  // what the user has set is no matter of moments
  EXPECT_THROW(check_memory(expected, 370, testing::tiny_config({"on_oom=fail"}).config, log), UserError);
  try {
    check_memory(expected, 300, config, log);
    ADD_FAILURE();
  } catch (const OutOfMemory& error) {
    const Problem& hopeless = error.problems().front();
    EXPECT_EQ(hopeless.where, "cropsize");
    EXPECT_TRUE(contains(hopeless.what, "not even a training step on 1 image of 32x64 fits")) << hopeless.what;
    EXPECT_FALSE(contains(hopeless.remedy, "on_oom")) << hopeless.remedy;
    EXPECT_TRUE(contains(hopeless.remedy, "a larger memory_limit (by ")) << hopeless.remedy;
    EXPECT_TRUE(contains(hopeless.remedy, " at least: memory_limit=")) << hopeless.remedy;
    for (const char* word : {"a smaller cropsize", "precision=bf16"})
      EXPECT_TRUE(contains(hopeless.remedy, word)) << hopeless.remedy;
  }
}

TEST(MemoryCheck, WhereTheNetworkItselfIsTooMuchNoSmallerCropIsPromised) {
  const Problem problem = refusal(
      {.step_bytes = 100, .image_bytes = 100, .parameter_bytes = 5000, .library_bytes = 45, .is_half_precision = true});
  EXPECT_EQ(problem.where, "memory_limit");
  EXPECT_TRUE(contains(problem.what, "all that trains them 5.0 kB")) << problem.what;
  EXPECT_EQ(problem.remedy, memory_remedy({}) + " (by 2.6 kB at least); sanity_check=false goes on anyway");
}

TEST(MemoryCheck, ALittleTooMuchIsAWarningAndSoIsAnythingWithoutTheSanityCheck) {
  const Forecast expected{
      .step_bytes = 1000, .step_images = 2, .image_bytes = 500, .parameter_bytes = 100, .loader_bytes = 1};
  EXPECT_EQ(expected.memory_bytes(), 1101);
  const auto warnings = [&](std::int64_t usable, const Words& overrides = {}) {
    testing::RecordingLog log;
    check_memory(expected, usable, testing::tiny_config(overrides).config, log);
    return log.warnings;
  };
  EXPECT_TRUE(warnings(1101).empty());
  ASSERT_EQ(warnings(1100).size(), 1U);
  EXPECT_TRUE(contains(warnings(1100).front(), "may be used")) << warnings(1100).front();
  EXPECT_EQ(warnings(1010).size(), 1U);
  EXPECT_FALSE(contains(warnings(1100).front(), "goes on anyway")) << warnings(1100).front();
  EXPECT_THROW((void)warnings(950), UserError);
  EXPECT_THROW((void)warnings(0), OutOfMemory);
  EXPECT_EQ(warnings(10, {"sanity_check=false"}).size(), 1U);
  EXPECT_THROW((void)warnings(1100, {"memory_limit=1"}), UserError);  // which does not change from moment to moment
  EXPECT_TRUE(warnings(1101, {"memory_limit=1"}).empty());
  EXPECT_EQ(warnings(1100, {"memory_limit=1000000"}).size(), 1U);  // it is not what binds
}

TEST(MemoryCheck, AWarningOfASingleImageDoesNotSayThatItDoesNotFit) {
  const Forecast expected{.step_bytes = 1000, .image_bytes = 1000, .parameter_bytes = 100};
  testing::RecordingLog log;
  check_memory(expected, 1050, testing::tiny_config().config, log);
  ASSERT_EQ(log.warnings.size(), 1U);
  const std::string& warning = log.warnings.front();
  EXPECT_TRUE(contains(warning, ": a training step on 1 image of 32x64 takes 1.0 kB")) << warning;
  const std::string between = ". Try: ";
  const std::size_t end = warning.find(between);
  ASSERT_NE(end, std::string::npos);
  testing::record({{"memory", warning.substr(0, end), warning.substr(end + between.size())}});
}

}  // namespace
}  // namespace seg
