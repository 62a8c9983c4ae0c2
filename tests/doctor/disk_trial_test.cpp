// SPDX-License-Identifier: Apache-2.0
#include "doctor/disk_trial.h"

#include <gtest/gtest.h>

#include <csignal>

#include "base/signals.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

TEST(DiskTrial, LeavesNothingBehind) {
  const testing::TemporaryFolder folder;
  const auto speed = disk_read_speed(folder.path(), std::size_t{1} << 20);
  EXPECT_GT(speed.value_or(1), 0);  // unknown where files stay in memory
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(DiskTrial, WhereNothingCanBeWrittenNothingIsKnown) {
  const testing::TemporaryFolder folder;
  EXPECT_FALSE(disk_read_speed(folder.path() / "absent", 1 << 16));
}

TEST(DiskTrial, LeavesNothingBehindWhereTheProgramIsToStop) {
  const testing::TemporaryFolder folder;
  const auto code = [&] {
    install_signal_handlers();
    if (raise(SIGTERM) != 0) return 2;
    try {
      (void)disk_read_speed(folder.path(), 1 << 16);
    } catch (const StopRequested&) {
      return std::filesystem::is_empty(folder.path()) ? 1 : 3;
    }
    return 4;
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

}  // namespace
}  // namespace seg
