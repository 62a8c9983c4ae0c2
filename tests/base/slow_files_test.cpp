// SPDX-License-Identifier: Apache-2.0
#include "base/slow_files.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "tests/support/problem_of.h"
#include "tests/support/recording_log.h"
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
  EXPECT_EQ(read_delay_of("0"), 0);
  EXPECT_DOUBLE_EQ(read_delay_of("2.5").value(), 0.0025);
  for (const char* none : {"fast", "20ms x", "20 ", "-5", "nan", "inf", "1e5"})
    EXPECT_FALSE(read_delay_of(none)) << none;
}

TEST(SlowFiles, AreNothingThatOneMeetsByAccident) {
  testing::RecordingLog log;
  tell_read_delay(nullptr, log);
  EXPECT_TRUE(log.texts.empty());
  tell_read_delay("20", log);
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_EQ(log.warnings[0].find("SEGTRAIN_READ_DELAY_MS=20 stands"), 0U) << log.warnings[0];
  const Problem problem = testing::problem_of([&] { tell_read_delay("20ms", log); });
  EXPECT_EQ(problem.where, "SEGTRAIN_READ_DELAY_MS=20ms");
  EXPECT_EQ(problem.what, "is no number of milliseconds from 0 to 10000");
}

}  // namespace
}  // namespace seg
