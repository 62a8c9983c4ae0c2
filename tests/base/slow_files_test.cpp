// SPDX-License-Identifier: Apache-2.0
#include "base/slow_files.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

TEST(SlowFiles, GiveTheSameLater) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder / "file").string();
  write_file(path, "0123456789");
  constexpr double kDelay = 0.02;
  const SlowFiles slow(disk(), kDelay);
  Bytes bytes, expected;
  disk().read(path, expected);
  const double began = seconds_now();
  slow.read(path, bytes);
  EXPECT_GE(seconds_now() - began, kDelay);  // never sooner, whatever the machine does besides
  EXPECT_EQ(bytes, expected);
  slow.read_start(path, 4, bytes);
  EXPECT_EQ(bytes.size(), 4U);
  slow.read_end(path, 3, bytes);
  EXPECT_EQ(bytes.size(), 3U);
  EXPECT_NO_THROW(slow.announce(path));
  EXPECT_EQ(slow.why_unreadable(path), "");
  EXPECT_NE(slow.why_unreadable(path + ".absent"), "");
}

TEST(SlowFiles, AreSlowAsTheEnvironmentSays) {
  EXPECT_EQ(read_delay_of(nullptr), 0);
  EXPECT_EQ(read_delay_of(""), 0);
  EXPECT_EQ(read_delay_of("fast"), 0);
  EXPECT_EQ(read_delay_of("-5"), 0);
  EXPECT_EQ(read_delay_of("nan"), 0);
  EXPECT_DOUBLE_EQ(read_delay_of("2.5"), 0.0025);
}

}  // namespace
}  // namespace seg
