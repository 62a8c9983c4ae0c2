// SPDX-License-Identifier: Apache-2.0
#include "base/disk.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

TEST(Disk, SaysWhatTheFileSystemHolds) {
  const testing::TemporaryFolder folder;
  const auto space = disk_space(folder.path());
  ASSERT_TRUE(space.has_value());
  EXPECT_GT(space->total_bytes, 0);
  EXPECT_GE(space->free_bytes, 0);
  EXPECT_LE(space->free_bytes, space->total_bytes);
}

TEST(Disk, WhatIsNotThereYetCountsAsTheFolderAboveIt) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(disk_space(folder / "not" / "yet" / "there")->total_bytes, disk_space(folder.path())->total_bytes);
  EXPECT_EQ(disk_space("relative/and/absent")->total_bytes, disk_space(".")->total_bytes);
}

TEST(Disk, AnotherFileSystemHasSpaceOfItsOwn) { EXPECT_EQ(disk_space("/proc/self")->total_bytes, 0); }

}  // namespace
}  // namespace seg
