// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <new>

#include "base/error.h"
#include "tests/support/child_process.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::exited_with;
using testing::problem_of;
using testing::run_in_child;

class File : public ::testing::Test {
 protected:
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      found.push_back(entry.path().filename());
    }
    std::ranges::sort(found);
    return found;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(File, ReadsWhatWasWritten) {
  const std::string text("a\0b\n", 4);
  write_file(folder_ / "a", text);
  EXPECT_EQ(read_text(folder_ / "a"), text);
  EXPECT_EQ(read_file(folder_ / "a").size(), 4U);
  write_file(folder_ / "a", "");
  EXPECT_EQ(read_text(folder_ / "a"), "");
}

TEST_F(File, ReadsFilesThatDoNotTellTheirSize) {
  EXPECT_NE(read_text("/proc/self/status").find("Pid:"), std::string::npos);
}

TEST_F(File, TheDiskSourceReusesItsBuffer) {
  write_file(folder_ / "long", std::string(1000, 'x'));
  write_file(folder_ / "short", "abc");
  Bytes bytes;
  disk().read(folder_ / "long", bytes);
  const std::byte* memory = bytes.data();
  disk().read(folder_ / "short", bytes);
  EXPECT_EQ(bytes.size(), 3U);
  EXPECT_EQ(bytes.data(), memory);
}

TEST_F(File, ErrorsNameThePathAndWhatToTry) {
  const Problem missing = problem_of([&] { read_file(folder_ / "none"); });
  EXPECT_EQ(missing.where, (folder_ / "none").string());
  EXPECT_NE(missing.what.find("No such file"), std::string::npos);
  EXPECT_NE(missing.remedy.find("relative paths start at"), std::string::npos);

  const Problem is_folder = problem_of([&] { read_file(folder_.path()); });
  EXPECT_NE(is_folder.remedy.find("not a folder"), std::string::npos);
  EXPECT_EQ(problem_of([&] { MappedFile mapped(folder_.path()); }).remedy, is_folder.remedy);
  EXPECT_EQ(problem_of([&] { write_file(folder_.path(), "x"); }).remedy, is_folder.remedy);
  EXPECT_EQ(problem_of([&] { write_file(folder_ / "no" / "such", "x"); }).where, (folder_ / "no" / "such").string());
}

TEST_F(File, RefusedRightsAreTheUsersToMend) {
  write_file(folder_ / "secret", "x");
  std::filesystem::permissions(folder_ / "secret", std::filesystem::perms::none);
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0555));
  // Root may do everything, so the attempt is nobody's.
  const int status = run_in_child([&] {
    if (geteuid() == 0 && setuid(65534) != 0) return 1;
    const Problem reading = problem_of([&] { read_file(folder_ / "secret"); });
    const Problem writing = problem_of([&] { write_file(folder_ / "new", "x"); });
    const bool is_good = reading.what.find("Permission denied") != std::string::npos &&
                         writing.what.find("Permission denied") != std::string::npos &&
                         writing.where == (folder_ / "new").string();
    return is_good ? 0 : 2;
  });
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(exited_with(status, 0)) << status;
}

TEST_F(File, AFileAppearsWholeOrNotAtAll) {
  write_file(folder_ / "a", "old");
  {
    AtomicFile file(folder_ / "a");
    file.write("half of the n");
    EXPECT_EQ(read_text(folder_ / "a"), "old");
  }
  EXPECT_EQ(read_text(folder_ / "a"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});

  AtomicFile file(folder_ / "a");
  file.write("new, ");
  file.write("and whole");
  file.commit();
  EXPECT_EQ(read_text(folder_ / "a"), "new, and whole");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(File, WhatCannotBeReplacedIsNamedAndStays) {
  AtomicFile file(folder_ / "a");
  file.write("new");
  std::filesystem::create_directory(folder_ / "a");
  write_file(folder_ / "a/b", "old");
  const Problem problem = problem_of([&] { file.commit(); });
  EXPECT_EQ(problem.where, (folder_ / "a").string());
  EXPECT_TRUE(problem.what.starts_with("cannot be replaced: ")) << problem.what;
  EXPECT_EQ(read_text(folder_ / "a/b"), "old");
}

TEST_F(File, AFullDiskLeavesTheOldFileAndNothingElse) {
  write_file(folder_ / "a", "old");
  const int status = run_in_child([&] {
    signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit then fails as one to a full disk does
    const rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const Problem problem = problem_of([&] { write_file(folder_ / "a", std::string(5000, 'x')); });
    return problem.where == (folder_ / "a").string() && problem.what.starts_with("cannot be written") ? 0 : 2;
  });
  EXPECT_TRUE(exited_with(status, 0)) << status;
  EXPECT_EQ(read_text(folder_ / "a"), "old");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(File, WhatAKilledWriterLeftIsRemovedOnRequest) {
  run_in_child([&] {
    AtomicFile file(folder_ / "a");
    file.write("half");
    raise(SIGKILL);
    return 0;
  });
  for (const char* other : {"b", "b.partial-2.txt", "b.partial-x-1", "b.partial-7"})
    write_file(folder_ / other, "whole");
  ASSERT_EQ(names().size(), 5U);
  EXPECT_EQ(remove_abandoned_files(folder_.path()), 1);
  EXPECT_EQ(names().size(), 4U);
  EXPECT_EQ(remove_abandoned_files(folder_ / "none"), 0);
}

TEST_F(File, ALockHasOneHolderAndSaysWho) {
  std::string holder;
  auto first = FileLock::try_lock(folder_ / "lock", &holder);
  ASSERT_TRUE(first);
  EXPECT_TRUE(holder.empty());

  EXPECT_FALSE(FileLock::try_lock(folder_ / "lock", &holder));
  EXPECT_NE(holder.find(":" + std::to_string(getpid()) + " since "), std::string::npos) << holder;

  FileLock moved = *std::move(first);
  first.reset();
  EXPECT_FALSE(FileLock::try_lock(folder_ / "lock", nullptr));
  { const FileLock gone = std::move(moved); }
  EXPECT_TRUE(FileLock::try_lock(folder_ / "lock", nullptr));
}

TEST_F(File, ALockEndsWithItsProcess) {
  run_in_child([&] {
    const auto lock = FileLock::try_lock(folder_ / "lock", nullptr);
    raise(SIGKILL);
    return 0;
  });
  EXPECT_TRUE(FileLock::try_lock(folder_ / "lock", nullptr));
}

TEST_F(File, AMapShowsTheFile) {
  write_file(folder_ / "a", "mapped");
  MappedFile file(folder_ / "a");
  const MappedFile moved = std::move(file);
  EXPECT_TRUE(file.bytes().empty());  // NOLINT(bugprone-use-after-move): what a moved-from map shows is its contract
  ASSERT_EQ(moved.bytes().size(), 6U);
  EXPECT_EQ(moved.bytes()[5], std::byte{'d'});

  write_file(folder_ / "empty", "");
  EXPECT_TRUE(MappedFile(folder_ / "empty").bytes().empty());
}

TEST_F(File, NeitherADeviceNorAPipeIsRead) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  Bytes bytes;
  for (const std::filesystem::path& path : {std::filesystem::path("/dev/zero"), folder_ / "pipe"}) {
    EXPECT_THROW(disk().read(path, bytes), UserError);
    EXPECT_THROW(disk().read_start(path, 10, bytes), UserError);
    EXPECT_THROW(disk().read_end(path, 10, bytes), UserError);
    EXPECT_THROW(read_text(path), UserError);
    EXPECT_THROW(MappedFile{path}, UserError);
  }
}

TEST_F(File, WhatIsTooLargeForAnImageOrAListIsNotRead) {
  write_file(folder_ / "hollow", "");
  std::filesystem::resize_file(folder_ / "hollow", std::uintmax_t{1} << 40);
  EXPECT_EQ(problem_of([&] { read_file(folder_ / "hollow"); }).what, "is 1.1 TB long, which no image and no list is");
  Bytes bytes;
  EXPECT_THROW(disk().read(folder_ / "hollow", bytes), UserError);
  disk().read_start(folder_ / "hollow", 10, bytes);
  EXPECT_EQ(bytes.size(), 10U);
}

int num_calls_for_room = 0;

// A file in memory may claim any size: this one's is more than a process can address.
TEST_F(File, WhatIsTooLargeToBeMappedIsNamedWhenNobodyCanMakeRoomForIt) {
  const int descriptor = memfd_create("large", MFD_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  ASSERT_EQ(ftruncate(descriptor, off_t{1} << 61), 0);
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  const std::new_handler before = std::set_new_handler([] {
    if (++num_calls_for_room == 3) throw std::bad_alloc();
  });
  const Problem problem = problem_of([&] { MappedFile mapped(path); });
  std::set_new_handler(before);
  EXPECT_THROW(MappedFile mapped(path), UserError);  // where nobody is asked, too
  close(descriptor);
  EXPECT_EQ(num_calls_for_room, 3);
  EXPECT_EQ(problem.where, path);
  EXPECT_TRUE(problem.what.starts_with("cannot be mapped: ")) << problem.what;
}

TEST_F(File, AFolderThatCannotBeMadeIsNamed) {
  const testing::TemporaryFolder folder;
  write_file(folder / "taken", "x");
  for (const char* name : {"taken", "taken/below"}) {
    try {
      make_folder(folder / name);
      FAIL() << name;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems()[0].where, (folder / name).string());
      EXPECT_TRUE(error.problems()[0].what.starts_with("this folder cannot be made: ")) << error.what();
    }
  }
}

TEST_F(File, TakesThePlaceOfNoDeviceAndOfNoLink) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(problem_of([&] { AtomicFile{folder_ / "pipe"}; }).what,
            "is a device or a pipe, which no file may take the place of");
  write_file(folder_ / "a", "old");
  std::filesystem::create_symlink(folder_ / "a", folder_ / "link");
  write_file(folder_ / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_text(folder_ / "a"), "new");
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "link", "pipe"}));
}

}  // namespace
}  // namespace seg
