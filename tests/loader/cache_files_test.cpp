// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "loader/cache_file.h"
#include "tests/loader/cache_samples.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/without_rights.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::add;
using testing::CacheTexts;
using testing::fill_cache;
using testing::has;
using testing::kPlenty;
using testing::RecordingLog;
using testing::TemporaryFolder;

void allow_only_reading(const fs::path& path) {
  const auto read = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
  const auto enter = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  fs::permissions(path, fs::is_directory(path) ? read | enter : read);
}

// Readable for whoever the test becomes.
class SharedFolder {
 public:
  SharedFolder() { fs::permissions(folder_.path(), fs::perms(0755)); }
  ~SharedFolder() {
    if (fs::exists(path())) fs::permissions(path(), fs::perms(0755));
  }
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;
  fs::path path() const { return folder_ / "cache"; }

 private:
  TemporaryFolder folder_;
};

TEST(CacheFiles, ThatDoNotBelongTogetherAreBegunAnew) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder / "a", 1, 2));
  ASSERT_TRUE(fill_cache(folder / "b", 1, 2));
  write_file(folder / "a" / "index", CacheTexts::of(folder / "b").index);
  {
    CacheFile file({.folder = folder / "a", .budget_bytes = kPlenty}, silent_log());
    EXPECT_FALSE(has(file, 1));
    EXPECT_TRUE(file.may_add());
  }
  write_file(cache_pixels(folder / "b").value(), "something else");
  CacheFile file({.folder = folder / "b", .budget_bytes = kPlenty}, silent_log());
  EXPECT_FALSE(has(file, 1));
  EXPECT_TRUE(add(file, 1));
}

TEST(CacheFiles, WhatAKilledWriterLeftIsRemovedByWhoMayWrite) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 1));
  fs::path half;
  {
    AtomicFile pixels(cache_pixels(folder.path(), 7));
    half = pixels.temporary();
    fs::copy_file(half, folder / "kept");
  }
  fs::rename(folder / "kept", half);
  const fs::path whole = cache_pixels(folder.path(), 8);
  fs::copy_file(cache_pixels(folder.path()).value(), whole);
  {
    const auto lock = FileLock::try_lock(folder / "lock", nullptr);
    EXPECT_EQ(open_cache_files(folder.path(), silent_log()).entries.size(), 1U);
    EXPECT_TRUE(fs::exists(half) && fs::exists(whole));
  }
  EXPECT_EQ(open_cache_files(folder.path(), silent_log()).entries.size(), 1U);
  EXPECT_FALSE(fs::exists(half) || fs::exists(whole));
}

TEST(CacheFiles, AnIndexWhosePixelsAreGoneNamesNothing) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
  fs::remove(cache_pixels(folder.path()).value());
  {
    const auto lock = FileLock::try_lock(folder / "lock", nullptr);
    const CacheFiles files = open_cache_files(folder.path(), silent_log());
    EXPECT_TRUE(files.entries.empty());
    EXPECT_LT(files.pixels.get(), 0);
  }
  ASSERT_TRUE(fill_cache(folder.path(), 3, 1));
  EXPECT_EQ(open_cache_files(folder.path(), silent_log()).entries.size(), 1U);
}

TEST(CacheFiles, CountWhatNoEntryNames) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 3));
  {
    const CacheFiles files = open_cache_files(folder.path(), silent_log());
    EXPECT_LT(files.stale_bytes(), 64U);
    EXPECT_TRUE(files.may_write());
  }
  CacheTexts texts = CacheTexts::of(folder.path());
  texts.index.resize(2 * kCacheRecordBytes);  // of three samples the first
  texts.write(folder.path());
  const CacheFiles files = open_cache_files(folder.path(), silent_log());
  EXPECT_EQ(files.entries.size(), 1U);
  EXPECT_GT(files.stale_bytes(), files.end / 2);
}

TEST(CacheFiles, InAFolderThatCannotBeMadeAreAnError) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  EXPECT_THROW((void)open_cache_files(folder / "file" / "cache", silent_log()), UserError);
}

// A folder in the place of the lock stands for whatever keeps a process from taking it.
TEST(CacheFiles, WithoutALockAreRead) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
  fs::remove(folder / "lock");
  fs::create_directory(folder / "lock");
  RecordingLog log;
  CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty}, log);
  EXPECT_FALSE(file.may_add());
  EXPECT_TRUE(has(file, 2));
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("nothing is added to this cache"), std::string::npos);
}

TEST(CacheFiles, OfAReadOnlyFolderAreReadAndLeftAsTheyAre) {
  for (const char* read_only : {".", "lock", "pixels", "index"}) {
    const SharedFolder folder;
    ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
    const CacheTexts before = CacheTexts::of(folder.path());
    const fs::path pixels = cache_pixels(folder.path()).value();
    for (const fs::path& path : {folder.path() / "lock", pixels, folder.path() / "index"})
      fs::permissions(path, fs::perms(0666));
    fs::permissions(folder.path(), fs::perms(0777));
    allow_only_reading(read_only == std::string_view("pixels") ? pixels : folder.path() / read_only);
    {
      const testing::WithoutRights nobody;
      if (!nobody.works()) GTEST_SKIP() << "cannot give up the rights of root";
      RecordingLog log;
      const bool can_write = std::string_view(read_only) == ".";  // files that are there may be written all the same
      CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty}, log);
      EXPECT_EQ(file.may_add(), can_write) << read_only;
      EXPECT_TRUE(has(file, 1)) << read_only;
      EXPECT_TRUE(has(file, 2)) << read_only;
      EXPECT_EQ(log.warnings.size(), can_write ? 0U : 1U) << read_only;
      EXPECT_FALSE(!can_write && add(file, 3)) << read_only;
    }
    EXPECT_EQ(CacheTexts::of(folder.path()).pixels, before.pixels) << read_only;
    EXPECT_EQ(CacheTexts::of(folder.path()).index, before.index) << read_only;
  }
}

TEST(CacheFiles, OfWhichNothingCanBeReadAreLeftAsTheyAre) {
  for (const bool is_index : {true, false}) {
    const SharedFolder folder;
    ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
    const CacheTexts before = CacheTexts::of(folder.path());
    fs::permissions(folder.path(), fs::perms(0777));
    fs::permissions(folder.path() / "lock", fs::perms(0666));
    fs::permissions(is_index ? folder.path() / "index" : cache_pixels(folder.path()).value(), fs::perms(0200));
    {
      const testing::WithoutRights nobody;
      if (!nobody.works()) GTEST_SKIP() << "cannot give up the rights of root";
      RecordingLog log;
      const CacheFiles files = open_cache_files(folder.path(), log);
      EXPECT_FALSE(files.may_write());
      EXPECT_TRUE(files.entries.empty());
      EXPECT_FALSE(log.warnings.empty());
    }
    EXPECT_EQ(CacheTexts::of(folder.path()).pixels, before.pixels);
    EXPECT_EQ(CacheTexts::of(folder.path()).index, before.index);
  }
}

// Nobody who cannot write holds the lock against somebody who can.
TEST(CacheFiles, TheLockIsOfWhoMayWriteAll) {
  const SharedFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
  fs::permissions(folder.path() / "lock", fs::perms(0666));
  std::unique_ptr<CacheFiles> reader;
  {
    const testing::WithoutRights nobody;
    if (!nobody.works() || ::getuid() != 0) GTEST_SKIP() << "only root can take two parts";
    reader = std::make_unique<CacheFiles>(open_cache_files(folder.path(), silent_log()));
    EXPECT_FALSE(reader->may_write());
    EXPECT_EQ(reader->entries.size(), 2U);
  }
  EXPECT_TRUE(open_cache_files(folder.path(), silent_log()).may_write());
}

TEST(CacheFiles, OfATornRecordAreMendedByWhoMayWriteOnly) {
  const SharedFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
  CacheTexts torn = CacheTexts::of(folder.path());
  torn.index.resize(torn.index.size() - 10);
  torn.write(folder.path());
  const FileLock lock = *FileLock::try_lock(folder.path() / "lock", nullptr);
  EXPECT_EQ(open_cache_files(folder.path(), silent_log()).entries.size(), 1U);
  EXPECT_EQ(CacheTexts::of(folder.path()).index, torn.index);
}

}  // namespace
}  // namespace seg
