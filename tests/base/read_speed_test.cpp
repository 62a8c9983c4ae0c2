// SPDX-License-Identifier: Apache-2.0
#include "base/read_speed.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::TemporaryFolder;

constexpr std::size_t kBytes = 300'000;

std::string written(const TemporaryFolder& folder, const std::string& name) {
  write_file(folder / name, std::string(kBytes, 'x'));  // and flushed, so that it can be forgotten
  return (folder / name).string();
}

// Where the system keeps files in memory whatever one asks, there is nothing to measure.
TEST(ReadSpeed, IsOfWholeGroupsOfFilesThatWereNotInMemory) {
  const TemporaryFolder folder;
  const std::string a = written(folder, "a"), b = written(folder, "b"), c = written(folder, "c");
  const ReadSpeed speed = measure_read_speed({{a, b}, {c}}, {.threads = 2});
  if (speed.num_groups < 2) GTEST_SKIP() << "this file system forgets nothing";
  EXPECT_EQ(speed.num_groups, 2);
  EXPECT_EQ(speed.bytes, static_cast<std::int64_t>(3 * kBytes));
  EXPECT_GT(speed.seconds, 0);
}

TEST(ReadSpeed, LeavesOutWhatStaysInMemory) {
  const int file = ::memfd_create("file", MFD_CLOEXEC);
  const std::string text(kBytes, 'x');
  ASSERT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(kBytes));
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  EXPECT_EQ(read_file(path).size(), kBytes);
  EXPECT_EQ(measure_read_speed({{path}}, {}).num_groups, 0);
  ::close(file);
}

TEST(ReadSpeed, LeavesOutFilesThatAreNotThere) {
  const TemporaryFolder folder;
  const ReadSpeed speed = measure_read_speed({{(folder / "none").string()}, {folder.path().string()}}, {});
  EXPECT_EQ(speed.num_groups, 0);
  EXPECT_EQ(speed.bytes, 0);
}

TEST(ReadSpeed, BeginsNothingAfterItsTime) {
  const TemporaryFolder folder;
  EXPECT_EQ(measure_read_speed({{written(folder, "a")}}, {.most_seconds = -1}).num_groups, 0);
}

}  // namespace
}  // namespace seg
