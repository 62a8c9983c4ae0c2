// SPDX-License-Identifier: Apache-2.0
#include "training/sanity_check.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/problem_of.h"
#include "tests/training/small_network.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::contains;
using testing::same_tensors;
using testing::TinyRun;

TEST(SanityCheck, ComesBeforeTheFirstStepOfAFreshStartOnly) {
  const TinyRun run({"max_iter=2"});
  (void)run.train();
  const std::string text = run.text();
  EXPECT_LT(text.find("rehearsed: 2 images"), text.find("step 1/2")) << text;
  EXPECT_TRUE(contains(text, "all 3")) << text;
  fs::remove(run.final_weights());
  (void)run.train();
  EXPECT_EQ(run.text().find("rehearsed", text.size()), std::string::npos) << run.text();
}

TEST(SanityCheck, LeavesNothingAndMovesNoWeight) {
  const TinyRun with({"max_iter=3"}), without({"max_iter=3", "sanity_check=false"});
  (void)with.train();
  (void)without.train();
  EXPECT_FALSE(contains(without.text(), "rehearsed")) << without.text();
  EXPECT_TRUE(same_tensors(with.checkpoint(3), without.checkpoint(3)));
  for (const auto& entry : fs::directory_iterator(with.folder()))
    EXPECT_FALSE(contains(entry.path().filename().string(), "sanity")) << entry.path();
}

TEST(SanityCheck, ItsTimeIsNoneOfTheRuns) {
  const TinyRun run({"max_iter=1"});
  (void)run.train();
  EXPECT_TRUE(contains(run.text(), "rehearsed")) << run.text();
  const nlohmann::json phases = run.metrics("step").front().at("phases");
  EXPECT_EQ(phases.at("evaluation"), 0);
  EXPECT_EQ(phases.at("checkpoint"), 0);
  EXPECT_GT(phases.at("forward").get<double>(), 0);
}

TEST(SanityCheck, ACheckpointThatCannotBeReadBackIsFoundAndTakenAway) {
  const testing::TemporaryFolder base;
  const RunFolder folder(base / "res");
  Rehearsal result;
  const auto save_damaged = [](const fs::path& path) {
    testing::write_checkpoint(path, testing::state_at(0));
    testing::flip_last_bit(path);
  };
  EXPECT_THROW(rehearse_checkpoint(folder, save_damaged, result), UserError);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);  // the lock
  rehearse_checkpoint(
      folder, [](const fs::path& path) { testing::write_checkpoint(path, testing::state_at(0)); }, result);
  EXPECT_GT(result.checkpoint_bytes, 0);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(SanityCheck, WhatAKilledOneLeftIsTakenAwayByTheNextRun) {
  const TinyRun run({"max_iter=1"});
  fs::create_directories(run.folder());
  testing::replace_content(run.folder() / "sanity_check.partial-0-0", "half a checkpoint");
  (void)run.train();
  EXPECT_FALSE(fs::exists(run.folder() / "sanity_check.partial-0-0"));
}

const Rehearsal kRehearsal = {.step_seconds = {0.5, 0.4, 0.6},
                              .loading_seconds = 0.1,
                              .evaluation_seconds = 2,
                              .images = 2,
                              .checkpoint_seconds = 0.5,
                              .checkpoint_bytes = 1500000};

TEST(SanityCheck, TheTextSaysHowLongAWholeEvaluationAndTheRunTake) {
  const std::string text = rehearsal_text(kRehearsal, {.steps = 1000, .evaluations = 1, .images = 90});
  EXPECT_TRUE(contains(text, "2 images evaluated in 2.0 s (all 90: about 1:30)")) << text;
  EXPECT_TRUE(contains(text, "a checkpoint of 1.5 MB written and read back in 500 ms")) << text;
  // 1000 x 0.4 s x 0.85 + 90 s x 0.85 = 416.5 s; (1000 x 0.6 s + 90 s) x 1.25 = 862.5 s
  EXPECT_TRUE(contains(text, "1000 steps will take between 6:57 and 14:23")) << text;
}

TEST(SanityCheck, ASlowLoaderIsWhatAStepTakes) {
  Rehearsal slow = kRehearsal;
  slow.loading_seconds = 2;
  const RunLength length{.steps = 100, .evaluations = 1, .images = 0};
  EXPECT_NEAR(expected_seconds(slow, length).low, 100 * 2 * 0.85, 1e-9);
  EXPECT_NEAR(expected_seconds(slow, length).high, 100 * 2 * 1.25, 1e-9);
}

TEST(SanityCheck, EvaluationsCountAndAutomaticOnesToTheirShareOfTheTime) {
  const auto high = [](const RunLength& length) { return expected_seconds(kRehearsal, length).high / 1.25; };
  EXPECT_NEAR(high({.steps = 1000, .evaluations = 10, .images = 90}), 600 + 10 * 90, 1e-6);
  const RunLength automatic{.steps = 1000, .evaluations = 10, .images = 90, .evaluations_are_auto = true};
  EXPECT_NEAR(high(automatic), 600 + 90 + 0.05 * 600 * 1.25, 1e-6);
}

TEST(SanityCheck, WithoutAStepNothingIsSaidOfTheRun) {
  Rehearsal none = kRehearsal;
  none.step_seconds.clear();
  EXPECT_FALSE(contains(rehearsal_text(none, {.steps = 10, .images = 2}), "steps"));
}

TEST(SanityCheck, StepsAreTimedWithTheirBatches) {
  const ResolvedConfig config = testing::tiny_config({"gradient_accumulation_steps=2"});
  const auto train = open_dataset(config.config.dataset, Split::train);
  const RunSettings settings = resolve_settings(config.config, *train);
  Rehearsal result;
  rehearse_steps(config.config, settings, *train, silent_log(), result);
  ASSERT_FALSE(result.step_seconds.empty());
  for (const double seconds : result.step_seconds) EXPECT_GT(seconds, result.loading_seconds);  // no workers: within it
  EXPECT_GT(result.loading_seconds, 0);
}

}  // namespace
}  // namespace seg
