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

TEST(SanityCheck, ItsTimeIsNotThatOfTraining) {
  const TinyRun run({"max_iter=1"});
  (void)run.train();
  const nlohmann::json phases = run.metrics("step").front().at("phases");
  EXPECT_GT(phases.at("evaluation").get<double>(), 0);
  EXPECT_GT(phases.at("checkpoint").get<double>(), 0);
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

TEST(SanityCheck, TheTextSaysHowLongAWholeEvaluationTakes) {
  const std::string text = rehearsal_text(
      {.evaluation_seconds = 2, .images = 2, .checkpoint_seconds = 0.5, .checkpoint_bytes = 1500000}, 90);
  EXPECT_TRUE(contains(text, "2 images evaluated in 2.0 s (all 90: about 1:30)")) << text;
  EXPECT_TRUE(contains(text, "a checkpoint of 1.5 MB written and read back in 500 ms")) << text;
}

}  // namespace
}  // namespace seg
