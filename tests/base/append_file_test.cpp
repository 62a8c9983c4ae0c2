// SPDX-License-Identifier: Apache-2.0
#include "base/append_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

TEST(AppendFile, ARecordIsOnTheDiskAtOnceAndAFileGoesOnAtItsEnd) {
  const testing::TemporaryFolder folder;
  const auto path = folder / "records";
  {
    AppendFile file(path);
    EXPECT_EQ(read_text(path), "");
    file.append("one ");
    EXPECT_EQ(read_text(path), "one ");
    file.append("");
  }
  AppendFile(path).append("two");
  EXPECT_EQ(read_text(path), "one two");
}

TEST(AppendFile, ARecordThatDoesNotFitLeavesNothing) {
  const testing::TemporaryFolder folder;
  const auto path = folder / "records";
  // In a child, since the limit of the size of files holds for a whole process.
  const int status = testing::run_in_child([&] {
    AppendFile file(path);
    file.append("whole");
    std::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit { 8, 8 };
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    try {
      file.append("does not fit");
    } catch (const UserError& error) {
      return error.problems().front().where == path.string() ? 0 : 2;
    }
    return 3;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
  EXPECT_EQ(read_text(path), "whole");
}

TEST(AppendFile, APlaceThatCannotBeWrittenIsAUserError) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(AppendFile(folder / "no" / "file"), UserError);
  EXPECT_THROW(AppendFile(folder.path()), UserError);
}

}  // namespace
}  // namespace seg
