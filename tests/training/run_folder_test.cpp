// SPDX-License-Identifier: Apache-2.0
#include "training/run_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "tests/support/child_process.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"
#include "tests/training/small_network.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::RecordingLog;
using testing::TemporaryFolder;

void touch(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "content";
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    names.push_back(entry.path().lexically_relative(folder).string());
  std::ranges::sort(names);
  return names;
}

std::string what_of(const UserError& error) { return error.problems().front().what; }

TEST(RunFolder, IsHeldByOneProcessWhichTheOtherIsToldOf) {
  const TemporaryFolder base;
  const RunFolder mine(base / "res");
  const int status = testing::run_in_child([&] {
    try {
      const RunFolder theirs(base / "res");
      return 1;
    } catch (const UserError& error) {
      const bool names_folder = error.problems().front().where == (base / "res").string();
      const bool names_holder = what_of(error).find(":" + std::to_string(getppid())) != std::string::npos;
      return names_folder && names_holder ? 0 : 2;
    }
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

TEST(RunFolder, IsFreeAgainWhenItsProcessWasKilled) {
  const TemporaryFolder base;
  const int status = testing::run_in_child([&] {
    const RunFolder theirs(base / "res");
    raise(SIGKILL);
    return 0;
  });
  ASSERT_TRUE(testing::died_by(status, SIGKILL));
  EXPECT_NO_THROW(RunFolder(base / "res"));
}

TEST(RunFolder, ARunThatWroteNothingLeavesNothing) {
  const TemporaryFolder base;
  { const RunFolder folder(base / "a" / "b" / "res"); }
  EXPECT_TRUE(names_in(base.path()).empty());
  { const RunFolder folder(base / "res/"); }
  EXPECT_TRUE(names_in(base.path()).empty());
}

TEST(RunFolder, WhatWasThereBeforeStays) {
  const TemporaryFolder base;
  fs::create_directories(base / "res");
  { const RunFolder folder(base / "res"); }
  EXPECT_TRUE(fs::is_directory(base / "res"));
}

TEST(RunFolder, WhatARunWroteStays) {
  const TemporaryFolder base;
  {
    const RunFolder folder(base / "new" / "res");
    touch(folder.config_file());
  }
  EXPECT_TRUE(fs::exists(base / "new" / "res" / "config.toml"));
}

TEST(RunFolder, AFileInItsPlaceIsNamed) {
  const TemporaryFolder base;
  touch(base / "res");
  try {
    const RunFolder folder(base / "res");
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, (base / "res").string());
  }
}

TEST(RunFolder, RemovesWhatAKilledWriterLeft) {
  const TemporaryFolder base;
  const auto leave_half_a_file = [](const fs::path& path) {
    fs::create_directories(path.parent_path());
    const int status = testing::run_in_child([&] {
      AtomicFile file(path);
      file.write("half");
      raise(SIGKILL);
      return 0;
    });
    ASSERT_TRUE(testing::died_by(status, SIGKILL));
  };
  leave_half_a_file(base / "res" / "config.toml");
  leave_half_a_file(base / "res" / "checkpoints" / "step_000010.safetensors");
  ASSERT_EQ(names_in(base / "res").size(), 3U);
  const RunFolder folder(base / "res");
  EXPECT_EQ(names_in(base / "res"), (std::vector<std::string>{".lock", "checkpoints"}));
}

TEST(RunFolder, FilesOfItsNamesAreForeignUnlessARunHasBeenThere) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  touch(base / "res" / "images" / "1.png");
  fs::create_directories(folder.checkpoint(1).parent_path());
  EXPECT_TRUE(folder.foreign_files().empty());
  touch(folder.config_file());
  touch(folder.path() / "checkpoints" / "resnet.pth");
  EXPECT_EQ(folder.foreign_files(), (std::vector<fs::path>{folder.path() / "checkpoints", folder.config_file()}));
  std::ofstream(folder.metrics_file()) << "epoch,loss\n";
  EXPECT_EQ(folder.foreign_files().size(), 3U);
  for (const char* line : {"", "{\"ev", "{\"event\":", "{\"event\":\"start\"}\n"}) {
    std::ofstream(folder.metrics_file()) << line;
    EXPECT_TRUE(folder.foreign_files().empty()) << line;
  }
  fs::remove(folder.metrics_file());
  touch(folder.checkpoint(3));
  EXPECT_TRUE(folder.foreign_files().empty());
}

TEST(RunFolder, ListsCheckpointsByTheNumberOfTheirStepNewestFirst) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  for (const std::int64_t step : {100, 20, 1'000'000, 999'999}) touch(folder.checkpoint(step));
  for (const char* other : {"step_.safetensors", "step_12x.safetensors", "step_000030.tmp", "best.safetensors"})
    touch(folder.path() / "checkpoints" / other);
  EXPECT_EQ(folder.checkpoints(), (std::vector<fs::path>{folder.checkpoint(1'000'000), folder.checkpoint(999'999),
                                                         folder.checkpoint(100), folder.checkpoint(20)}));
  EXPECT_EQ(folder.checkpoint(100).filename(), "step_000100.safetensors");
}

TEST(RunFolder, TheNewestWholeCheckpointPassesOverDamagedOnes) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  for (const std::int64_t step : {10, 20, 30, 40})
    testing::write_checkpoint(folder.checkpoint(step), testing::state_at(step));
  testing::cut_in_half(folder.checkpoint(40));
  testing::flip_last_bit(folder.checkpoint(30));
  RecordingLog log;
  const auto found = folder.newest_valid_checkpoint(log);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->path, folder.checkpoint(20));
  EXPECT_EQ(found->state.step, 20);
  ASSERT_EQ(log.warnings.size(), 2U);
  EXPECT_NE(log.warnings[0].find("step_000040"), std::string::npos);
  EXPECT_NE(log.warnings[1].find("step_000030"), std::string::npos);
}

TEST(RunFolder, WithoutAWholeCheckpointThereIsNone) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  EXPECT_FALSE(folder.newest_valid_checkpoint(silent_log()).has_value());
  touch(folder.checkpoint(10));
  EXPECT_FALSE(folder.newest_valid_checkpoint(silent_log()).has_value());
}

TEST(RunFolder, PruningKeepsTheNewestAndTheBest) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  for (const std::int64_t step : {10, 20, 30, 40, 50}) touch(folder.checkpoint(step));
  folder.prune(2, 20);
  EXPECT_EQ(folder.checkpoints(),
            (std::vector<fs::path>{folder.checkpoint(50), folder.checkpoint(40), folder.checkpoint(20)}));
  folder.prune(2, 50);
  EXPECT_EQ(folder.checkpoints(), (std::vector<fs::path>{folder.checkpoint(50), folder.checkpoint(40)}));
  folder.prune(1, std::nullopt);
  EXPECT_EQ(folder.checkpoints(), (std::vector<fs::path>{folder.checkpoint(50)}));
  folder.prune(7, std::nullopt);
  EXPECT_EQ(folder.checkpoints().size(), 1U);
}

TEST(RunFolder, MovesAnOldRunAsideUnderTheNextFreeNumber) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  EXPECT_FALSE(folder.move_old_run_aside().has_value());
  for (const int number : {1, 2}) {
    touch(folder.config_file());
    touch(folder.checkpoint(number));
    const auto aside = folder.move_old_run_aside();
    ASSERT_TRUE(aside.has_value());
    EXPECT_EQ(*aside, base / ("res.old-" + std::to_string(number)));
    EXPECT_TRUE(fs::exists(*aside / "config.toml"));
    EXPECT_TRUE(fs::exists(*aside / "checkpoints" / folder.checkpoint(number).filename()));
    EXPECT_EQ(names_in(folder.path()), (std::vector<std::string>{".lock"}));
  }
}

TEST(RunFolder, AnOldRunThatCannotBeMovedIsLeftAsItWas) {
  const TemporaryFolder base;
  const std::string long_name(255, 'r');  // which leaves no room for ".old-1"
  const RunFolder folder(base / long_name);
  touch(folder.config_file());
  try {
    (void)folder.move_old_run_aside();
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, (base / (long_name + ".old-1")).string());
    EXPECT_NE(what_of(error).find("cannot be moved there"), std::string::npos) << what_of(error);
  }
  EXPECT_TRUE(fs::exists(folder.config_file()));
}

TEST(RunFolder, LeavesAloneWhatNoRunWrote) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  touch(folder.path() / "images" / "a.png");
  touch(folder.path() / "my.toml");
  touch(folder.path() / "events.out.tfevents.123.host");
  touch(folder.metrics_file());
  const auto aside = folder.move_old_run_aside();
  ASSERT_TRUE(aside.has_value());
  EXPECT_EQ(names_in(*aside), (std::vector<std::string>{"events.out.tfevents.123.host", "metrics.jsonl"}));
  EXPECT_EQ(names_in(folder.path()), (std::vector<std::string>{".lock", "images", "images/a.png", "my.toml"}));
}

TEST(RunFolder, MovesOnlyWhatLiesBeyondAStepAside) {
  const TemporaryFolder base;
  const RunFolder folder(base / "res");
  EXPECT_FALSE(folder.move_later_files_aside(0).has_value());
  for (const std::int64_t step : {10, 20, 30}) touch(folder.checkpoint(step));
  touch(folder.final_weights());
  touch(folder.final_torch_weights());
  touch(folder.metrics_file());
  const auto aside = folder.move_later_files_aside(20);
  ASSERT_TRUE(aside.has_value());
  EXPECT_EQ(names_in(*aside), (std::vector<std::string>{"checkpoints", "checkpoints/step_000030.safetensors",
                                                        "model_final.pth", "model_final.safetensors"}));
  EXPECT_EQ(folder.checkpoints(), (std::vector<fs::path>{folder.checkpoint(20), folder.checkpoint(10)}));
  EXPECT_TRUE(fs::exists(folder.metrics_file()));
}

}  // namespace
}  // namespace seg
