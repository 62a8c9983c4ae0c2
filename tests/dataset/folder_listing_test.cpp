// SPDX-License-Identifier: Apache-2.0
#include "dataset/folder_listing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tests/dataset/image_folder.h"
#include "tests/support/child_process.h"
#include "tests/support/problem_of.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class Listing : public ::testing::Test {
 protected:
  void put(const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    folder_.write(name, "x");
  }
  Names names(const ListingLimits& limits = {}) const { return list_folder(folder_.text(), limits).files; }

  testing::ImageFolder folder_;
};

TEST_F(Listing, HoldsAllFilesBelowSortedAndRelative) {
  for (const char* name : {"b/2.png", "b/10.png", "a.txt", "b/c/d/e.jpg"}) put(name);
  EXPECT_EQ(names(), (Names{"a.txt", "b/10.png", "b/2.png", "b/c/d/e.jpg"}));
}

TEST_F(Listing, PassesOverHiddenFilesAndFolders) {
  for (const char* name : {".git/1.png", "a/.2.png", "__MACOSX/a/3.png", "a/4.png"}) put(name);
  EXPECT_EQ(names(), Names{"a/4.png"});
}

TEST_F(Listing, ALoopOfLinksEnds) {
  put("a/b/1.png");
  fs::create_directory_symlink(folder_ / "a", folder_ / "a/b/up");
  fs::create_directory_symlink(folder_.text(), folder_ / "self");
  EXPECT_EQ(names(), Names{"a/b/1.png"});
}

TEST_F(Listing, ALinkOutOfTheFolderIsFollowedOnce) {
  const fs::path outside = folder_.text() + "-outside";
  fs::create_directories(outside / "deep");
  write_file(outside / "deep/1.png", "x");
  put("real/2.png");
  fs::create_directory_symlink(outside, folder_ / "images");
  fs::create_directory_symlink(outside, folder_ / "other");
  fs::create_directory_symlink(folder_ / "real", folder_ / "alias");  // sorts before what it leads to
  fs::create_symlink("nowhere", folder_ / "broken.png");
  fs::create_symlink(folder_ / "real/2.png", folder_ / "link.png");
  EXPECT_EQ(names(), (Names{"images/deep/1.png", "link.png", "real/2.png"}));
  fs::remove_all(outside);
}

TEST_F(Listing, WhatLiesTooDeepIsToldAndTheRestListed) {
  put("1/2/3/deep.png");
  put("1/near.png");
  const FolderListing listing = list_folder(folder_.text(), {.depth = 2});
  testing::record(listing.problems);
  EXPECT_EQ(listing.files, Names{"1/near.png"});
  ASSERT_EQ(listing.problems.size(), 1u);
  EXPECT_EQ(listing.problems[0].where, (folder_ / "1/2/3").string());
}

TEST_F(Listing, TooManyFilesAndFoldersAreRefused) {
  for (int i = 0; i < 4; ++i) put("a/" + std::to_string(i) + ".png");
  EXPECT_EQ(names({.entries = 5}).size(), 4u);
  EXPECT_THROW(names({.entries = 4}), UserError);
}

TEST_F(Listing, TheRootOfAllFilesIsRefused) {
  put("1.png");
  fs::create_directory_symlink("/", folder_ / "all");
  for (const std::string& name :
       {std::string("/"), std::string("//"), std::string("/tmp/.."), (folder_ / "all").string()})
    try {
      list_folder(name, {.entries = 1});
      FAIL() << name;
    } catch (const UserError& error) {
      EXPECT_NE(error.problems()[0].what.find("root of all files"), std::string::npos) << error.what();
    }
}

// Terminals are a file system of their own, mounted at /dev/pts wherever Linux runs.
TEST_F(Listing, AnotherFileSystemIsToldAndPassedOverUnlessNamed) {
  const auto device_of = [](const char* path) {
    struct stat status {};
    return ::stat(path, &status) == 0 ? status.st_dev : 0;
  };
  if (device_of("/dev/pts") == 0 || device_of("/dev/pts") == device_of("/dev")) GTEST_SKIP() << "no such mount";
  put("1.png");
  fs::create_directory_symlink("/dev", folder_ / "devices");
  const FolderListing listing = list_folder(folder_.text());
  testing::record(listing.problems);
  const auto told = std::ranges::find(listing.problems, (folder_ / "devices/pts").string(), &Problem::where);
  ASSERT_NE(told, listing.problems.end());
  EXPECT_NE(told->what.find("another file system"), std::string::npos);
  EXPECT_TRUE(list_folder("/dev/pts").problems.empty());
}

TEST_F(Listing, AFolderThatCannotBeReadIsTold) {
  put("closed/1.png");
  put("open/2.png");
  fs::permissions(folder_ / "closed", fs::perms::none);
  fs::permissions(folder_.text(), fs::perms(0755));
  // Root may read everything, so the attempt is nobody's.
  const int status = testing::run_in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
    const FolderListing listing = list_folder(folder_.text());
    testing::record(listing.problems);
    const bool is_good = listing.files == Names{"open/2.png"} && listing.problems.size() == 1 &&
                         listing.problems[0].where == (folder_ / "closed").string() &&
                         listing.problems[0].what.find("ermission") != std::string::npos;
    return is_good ? 0 : 2;
  });
  fs::permissions(folder_ / "closed", fs::perms::owner_all);
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

TEST_F(Listing, AMissingFolderAndAFileInItsPlaceAreRefused) {
  put("file");
  for (const char* name : {"file", "absent"}) try {
      list_folder(folder_ / name);
      FAIL() << name;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems()[0].where, (folder_ / name).string());
      EXPECT_FALSE(error.problems()[0].remedy.empty());
    }
}

TEST_F(Listing, AnEmptyFolderHasNoFiles) { EXPECT_TRUE(names().empty()); }

}  // namespace
}  // namespace seg
