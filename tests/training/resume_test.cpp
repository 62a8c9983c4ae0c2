// SPDX-License-Identifier: Apache-2.0
#include "training/resume.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "tests/support/problem_of.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"
#include "tests/training/small_network.h"

namespace seg {
namespace {

using testing::contains;
using testing::RecordingLog;
using testing::state_at;
using testing::TemporaryFolder;

class FindStart : public ::testing::Test {
 protected:
  void save(std::int64_t step, const RunIdentity& identity) const {
    testing::write_checkpoint(folder_.checkpoint(step), state_at(step, identity));
  }
  StartPoint start(Resume resume = Resume::automatic, const std::filesystem::path& file = {}) {
    return find_start({.config = {}, .resume = resume, .resume_file = file}, folder_, identity_, log_);
  }
  Problem refusal(Resume resume = Resume::automatic) {
    try {
      (void)start(resume);
    } catch (const UserError& error) {
      return error.problems().front();
    }
    ADD_FAILURE() << "was not refused";
    return {};
  }

  const RunIdentity identity_ = {{"lr_start", "0.01"}, {"training data", "5 samples, list 1"}};
  const RunIdentity other_ = {{"lr_start", "0.5"}, {"training data", "5 samples, list 1"}};
  TemporaryFolder base_;
  RunFolder folder_{base_ / "res"};
  RecordingLog log_;
};

TEST_F(FindStart, AnEmptyFolderBeginsAfresh) {
  const StartPoint found = start();
  EXPECT_EQ(found.state.step, 0);
  EXPECT_FALSE(found.checkpoint.has_value());
  EXPECT_EQ(found.state.identity, identity_);
  EXPECT_TRUE(found.state.run.starts_with("run-"));
}

TEST_F(FindStart, ARunThatEndedBeforeItsFirstCheckpointBeginsAfresh) {
  std::ofstream(folder_.metrics_file()) << "{\"event\":\"start\"}\n";
  std::ofstream(folder_.config_file()) << "\n";
  EXPECT_FALSE(start().checkpoint.has_value());
}

TEST_F(FindStart, WhatNoRunWroteIsNotWrittenOver) {
  std::ofstream(folder_.config_file()) << "# by hand\n";
  std::ofstream(folder_.final_torch_weights()) << "of another program";
  const Problem problem = refusal();
  EXPECT_EQ(problem.where, folder_.path().string());
  EXPECT_TRUE(contains(problem.what, "config.toml, model_final.pth")) << problem.what;
  EXPECT_TRUE(contains(problem.remedy, "respth=")) << problem.remedy;
  EXPECT_FALSE(start(Resume::never).checkpoint.has_value());  // moves it aside
  testing::write_checkpoint(base_ / "other.safetensors", state_at(30, identity_));
  EXPECT_THROW((void)start(Resume::from_file, base_ / "other.safetensors"), UserError);
}

TEST_F(FindStart, TheSameRunGoesOnFromItsNewestCheckpoint) {
  save(10, identity_);
  save(20, identity_);
  const StartPoint found = start();
  EXPECT_EQ(found.state.step, 20);
  EXPECT_EQ(found.checkpoint, folder_.checkpoint(20));
  EXPECT_EQ(found.state.run, state_at(20).run);
}

TEST_F(FindStart, ADamagedNewestCheckpointFallsBack) {
  save(10, identity_);
  save(20, identity_);
  testing::cut_in_half(folder_.checkpoint(20));
  EXPECT_EQ(start().state.step, 10);
  EXPECT_EQ(log_.warnings.size(), 1U);
}

TEST_F(FindStart, AnotherRunIsRefusedWithItsDifferencesAndThreeWaysOut) {
  save(10, other_);
  const Problem problem = refusal();
  EXPECT_EQ(problem.where, folder_.path().string());
  EXPECT_TRUE(contains(problem.what, "lr_start was 0.5, now 0.01")) << problem.what;
  EXPECT_FALSE(contains(problem.what, "training data")) << problem.what;
  EXPECT_TRUE(contains(problem.remedy, "respth=")) << problem.remedy;
  EXPECT_TRUE(contains(problem.remedy, "--resume never")) << problem.remedy;
  EXPECT_TRUE(contains(problem.remedy, "--resume " + folder_.checkpoint(10).string())) << problem.remedy;
}

TEST_F(FindStart, ARunWithoutAWholeCheckpointIsNotOverwritten) {
  save(10, identity_);
  testing::flip_last_bit(folder_.checkpoint(10));
  EXPECT_TRUE(contains(refusal().what, "no checkpoint is whole"));
  std::filesystem::remove(folder_.checkpoint(10));
  std::ofstream(folder_.final_weights()) << "weights";
  EXPECT_TRUE(contains(refusal().what, "weights but no checkpoint"));
  EXPECT_FALSE(start(Resume::never).checkpoint.has_value());
}

TEST_F(FindStart, NeverBeginsAfreshAndTouchesNothingYet) {
  save(10, other_);
  const StartPoint found = start(Resume::never);
  EXPECT_EQ(found.state.step, 0);
  EXPECT_FALSE(found.checkpoint.has_value());
  EXPECT_EQ(folder_.checkpoints().size(), 1U);
}

TEST_F(FindStart, AFileGoesOnWithTheNewValues) {
  testing::write_checkpoint(base_ / "other" / "step_000030.safetensors", state_at(30, other_));
  const StartPoint found = start(Resume::from_file, base_ / "other" / "step_000030.safetensors");
  EXPECT_EQ(found.state.step, 30);
  EXPECT_EQ(found.state.identity, identity_);
  EXPECT_EQ(found.checkpoint, base_ / "other" / "step_000030.safetensors");
}

TEST_F(FindStart, WhatAnEarlierPartFoundOfOtherKeysIsLeftBehind) {
  RunState state = state_at(30, other_);
  state.values = {{"threads", "1"}, {"class_weights", "1,2"}, {"micro_batches", "2 of 4"}};
  const auto file = base_ / "other" / "step_000030.safetensors";
  testing::write_checkpoint(file, state);
  EXPECT_EQ(start(Resume::from_file, file).state.values, (StoredValues{{"threads", "1"}, {"micro_batches", "2 of 4"}}));
  state.identity["ims_per_gpu"] = "1";
  testing::write_checkpoint(file, state);
  EXPECT_EQ(start(Resume::from_file, file).state.values, (StoredValues{{"threads", "1"}}));
  state.identity = identity_;
  testing::write_checkpoint(file, state);
  EXPECT_EQ(start(Resume::from_file, file).state.values, state.values);
}

TEST_F(FindStart, AFileOfAnotherNetworkIsRefusedByTheNamesOfBoth) {
  const auto file = base_ / "step_000030.safetensors";
  testing::write_checkpoint(file, state_at(30, {{"model_type", "\"bisenetv1\""}}));
  try {
    (void)start(Resume::from_file, file);
    ADD_FAILURE() << "no UserError";
  } catch (const UserError& error) {
    const Problem& problem = error.problems().front();
    EXPECT_EQ(problem.where, file.string());
    EXPECT_TRUE(contains(problem.what, "bisenetv1")) << problem.what;
    EXPECT_TRUE(contains(problem.what, "the config says \"bisenetv2\"")) << problem.what;
    EXPECT_TRUE(contains(problem.remedy, "finetune_from=" + file.string())) << problem.remedy;
  }
}

TEST_F(FindStart, AFileThatIsNoWholeCheckpointIsRefused) {
  const auto file = base_ / "step_000030.safetensors";
  testing::write_checkpoint(file, state_at(30));
  testing::cut_in_half(file);
  EXPECT_THROW((void)start(Resume::from_file, file), UserError);
  EXPECT_THROW((void)start(Resume::from_file, base_ / "none.safetensors"), UserError);
}

TEST_F(FindStart, RunsThatBeginAfreshGetDifferentNames) {
  const std::string first = start().state.run;
  EXPECT_NE(first, start().state.run);
}

class ClearTheWay : public FindStart {
 protected:
  void clear(Resume resume, std::int64_t step) {
    StartPoint start;
    start.state.step = step;
    clear_the_way({.config = {}, .resume = resume}, folder_, start, log_);
  }
};

TEST_F(ClearTheWay, NeverMovesTheOldRunAsideAndSaysWhereTo) {
  save(10, other_);
  clear(Resume::never, 0);
  EXPECT_TRUE(folder_.checkpoints().empty());
  ASSERT_EQ(log_.texts.size(), 1U);
  EXPECT_TRUE(contains(log_.texts[0], "res.old-1"));
}

TEST_F(ClearTheWay, WhatLiesBeyondTheStepIsMovedAsideNotMixedIn) {
  for (const std::int64_t step : {10, 20, 30}) save(step, identity_);
  clear(Resume::automatic, 20);
  EXPECT_EQ(folder_.checkpoints().size(), 2U);
  EXPECT_TRUE(std::filesystem::exists(base_ / "res.old-1" / "checkpoints" / "step_000030.safetensors"));
}

TEST_F(ClearTheWay, SaysNothingWhereNothingIsInTheWay) {
  save(10, identity_);
  clear(Resume::automatic, 10);
  clear(Resume::from_file, 10);
  EXPECT_TRUE(log_.texts.empty());
}

}  // namespace
}  // namespace seg
