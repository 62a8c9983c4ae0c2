// SPDX-License-Identifier: Apache-2.0
#include "doctor/disk_trial.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace seg
