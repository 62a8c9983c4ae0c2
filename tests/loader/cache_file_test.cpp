// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "loader/cache_compaction.h"
#include "tests/loader/cache_samples.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::add;
using testing::cache_key_of;
using testing::cache_sample;
using testing::CacheTexts;
using testing::changed;
using testing::fill_cache;
using testing::has;
using testing::kPlenty;
using testing::num_named;
using testing::packed_cache_sample;
using testing::pixel_bytes;
using testing::RecordingLog;
using testing::TemporaryFolder;

TEST(CacheFile, KeepsWhatItIsGivenForLaterRuns) {
  const TemporaryFolder folder;
  {
    CacheFile file({.folder = folder / "a" / "b", .budget_bytes = kPlenty}, silent_log());
    EXPECT_TRUE(file.may_add());
    EXPECT_TRUE(file.find(cache_key_of(1)).empty());
    const auto place = file.add(cache_key_of(1), cache_sample(1));
    EXPECT_TRUE(std::ranges::equal(place, packed_cache_sample(1)));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(place.data()) % kPackedAlignment, 0U);
    EXPECT_TRUE(has(file, 1));
  }
  ASSERT_TRUE(fill_cache(folder / "a" / "b", 2, 5));
  CacheFile file({.folder = folder / "a" / "b", .budget_bytes = kPlenty}, silent_log());
  EXPECT_EQ(num_named(folder / "a" / "b"), 6U);
  for (std::uint64_t i = 1; i < 7; ++i) EXPECT_TRUE(has(file, i)) << i;
  EXPECT_TRUE(file.find(cache_key_of(7)).empty());
  EXPECT_TRUE(file.find(changed(cache_key_of(2))).empty());
}

TEST(CacheFile, OneProcessAddsAndOthersRead) {
  const TemporaryFolder folder;
  CacheFile first({.folder = folder.path(), .budget_bytes = kPlenty}, silent_log());
  ASSERT_TRUE(add(first, 1));
  RecordingLog log;
  CacheFile second({.folder = folder.path(), .budget_bytes = kPlenty}, log);
  EXPECT_FALSE(second.may_add());
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("adds to this cache"), std::string::npos);
  EXPECT_TRUE(has(second, 1));
  EXPECT_FALSE(add(second, 2));
  EXPECT_FALSE(second.take_room(1));
  ASSERT_TRUE(add(first, 2));
  EXPECT_TRUE(has(first, 2));
  EXPECT_TRUE(second.find(cache_key_of(2)).empty());  // it came later
}

TEST(CacheFile, AnyCutOfTheIndexLosesOnlyWhatWasCutOff) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder / "whole", 1, 3));
  const CacheTexts texts = CacheTexts::of(folder / "whole");
  const fs::path cut = folder / "cut";
  for (std::size_t size = 64; size <= texts.index.size(); size += 7) {
    CacheTexts{texts.pixels, texts.index.substr(0, size)}.write(cut);
    {
      CacheFile file({.folder = cut, .budget_bytes = kPlenty}, silent_log());
      for (std::uint64_t i = 1; i <= 3; ++i) {
        ASSERT_EQ(has(file, i), 64 * (i + 1) <= size) << size;
        ASSERT_TRUE(has(file, i) || add(file, i));
      }
    }
    CacheFile again({.folder = cut, .budget_bytes = kPlenty}, silent_log());
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(has(again, i)) << size;
  }
}

TEST(CacheFile, AnyCutOfThePixelsLosesOnlyWhatWasCutOff) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder / "whole", 1, 2));
  const CacheTexts texts = CacheTexts::of(folder / "whole");
  const fs::path cut = folder / "cut";
  for (std::size_t size = 0; size <= texts.pixels.size(); size += 13) {
    CacheTexts{texts.pixels.substr(0, size), texts.index}.write(cut);
    {
      CacheFile file({.folder = cut, .budget_bytes = kPlenty}, silent_log());
      ASSERT_EQ(has(file, 1), size >= 64 + cache_sample(1).size()) << size;
      ASSERT_EQ(has(file, 2), size >= texts.pixels.size()) << size;
      // What is added now lies where lost samples were; their records must not bring it to light.
      for (std::uint64_t i = 10; i < 14; ++i) ASSERT_TRUE(add(file, i));
    }
    CacheFile again({.folder = cut, .budget_bytes = kPlenty}, silent_log());
    for (std::uint64_t i = 10; i < 14; ++i) ASSERT_TRUE(has(again, i)) << size;
    for (std::uint64_t i = 1; i <= 2; ++i)
      ASSERT_TRUE(again.find(cache_key_of(i)).empty() || has(again, i)) << size << ' ' << i;
  }
}

TEST(CacheFile, AFlippedBitIsFoundSaidAndMendedByAddingAnew) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder / "whole", 1, 2));
  const CacheTexts texts = CacheTexts::of(folder / "whole");
  const fs::path place = folder / "damaged";
  for (std::size_t at = 64; at < 64 + cache_sample(1).size(); at += 5) {
    CacheTexts damaged = texts;
    damaged.pixels[at] = static_cast<char>(damaged.pixels[at] ^ 4);
    damaged.write(place);
    RecordingLog log;
    {
      CacheFile file({.folder = place, .budget_bytes = kPlenty}, log);
      ASSERT_TRUE(file.find(cache_key_of(1)).empty()) << at;
      ASSERT_TRUE(has(file, 2));
      ASSERT_TRUE(add(file, 1));
      ASSERT_TRUE(has(file, 1));
    }
    ASSERT_EQ(log.texts.size(), 1U);
    ASSERT_NE(log.texts[0].find("is damaged"), std::string::npos);
    CacheFile again({.folder = place, .budget_bytes = kPlenty}, silent_log());
    ASSERT_TRUE(has(again, 1));
  }
}

TEST(CacheFile, WhatIsDroppedIsNotFoundUntilItIsAddedAnew) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
  RecordingLog log;
  CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty}, log);
  file.drop(changed(cache_key_of(1)));  // another version is not meant
  EXPECT_TRUE(has(file, 1));
  file.drop(cache_key_of(1));
  EXPECT_TRUE(file.find(cache_key_of(1)).empty());
  EXPECT_TRUE(has(file, 2));
  EXPECT_TRUE(add(file, 1));
  EXPECT_TRUE(has(file, 1));
  EXPECT_EQ(log.warnings.size(), 1U);
}

// Samples lie in segments, which are mapped one by one; small ones stand for those of 1 GiB.
TEST(CacheFile, GoesOnInTheNextSegment) {
  const TemporaryFolder folder;
  const CacheFileOptions options{.folder = folder.path(), .budget_bytes = kPlenty, .segment_bytes = 4096};
  ASSERT_LT(cache_sample(1).size(), 1024U);
  {
    CacheFile file(options, silent_log());
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(add(file, i)) << i;
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(has(file, i)) << i;
  }
  EXPECT_GT(pixel_bytes(folder.path()), 3 * 4096U);
  CacheFile again(options, silent_log());
  EXPECT_EQ(num_named(folder.path()), 40U);
  for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(has(again, i)) << i;
}

TEST(CacheFile, ASampleLargerThanASegmentIsNotKept) {
  const TemporaryFolder folder;
  CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty, .segment_bytes = 256}, silent_log());
  ASSERT_GT(cache_sample(1).size(), 256U);
  EXPECT_FALSE(add(file, 1));
  EXPECT_EQ(pixel_bytes(folder.path()), 64U);
}

// No address space has room for a segment of 2^60 bytes: this stands for one that is limited, or full.
TEST(CacheFile, WhatCannotBeMappedIsNoDamageAndNotWrittenAgain) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
  const CacheTexts before = CacheTexts::of(folder.path());
  RecordingLog log;
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty, .segment_bytes = std::uint64_t{1} << 60}, log);
    EXPECT_TRUE(file.find(cache_key_of(1)).empty());
    EXPECT_FALSE(file.may_add());
    EXPECT_FALSE(file.take_room(1));
    EXPECT_FALSE(add(file, 1));
    EXPECT_TRUE(file.find(cache_key_of(2)).empty());
    EXPECT_EQ(num_named(folder.path()), 2U);
  }
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_NE(log.warnings[0].find("cannot be mapped into memory"), std::string::npos) << log.warnings[0];
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty, .segment_bytes = std::uint64_t{1} << 60}, log);
    EXPECT_FALSE(add(file, 3));  // tried before it is written
  }
  const CacheTexts after = CacheTexts::of(folder.path());
  EXPECT_EQ(after.pixels, before.pixels);
  EXPECT_EQ(after.index, before.index);
}

TEST(CacheFile, KeepsToItsBudgetWithWhatIsThereAlready) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 2));
  const auto there = static_cast<std::int64_t>(pixel_bytes(folder.path()));
  CacheFile file({.folder = folder.path(), .budget_bytes = there + 100}, silent_log());
  EXPECT_FALSE(file.take_room(101));
  EXPECT_TRUE(file.take_room(60));
  EXPECT_FALSE(file.take_room(60));
  file.give_room_back(20);
  EXPECT_TRUE(file.take_room(60));
}

// Every sample is aligned, and none lies across a boundary between segments.
TEST(CacheFile, KeepsToItsBudgetWithTheGapsBetweenSegments) {
  const TemporaryFolder folder;
  CacheFile file({.folder = folder.path(), .budget_bytes = 40'000, .segment_bytes = 4096}, silent_log());
  std::uint64_t number = 0;
  for (; file.take_room(static_cast<std::int64_t>(cache_sample(number).size())); ++number)
    ASSERT_TRUE(add(file, number));
  EXPECT_LE(pixel_bytes(folder.path()), 40'000U + 700);  // the last gap came after its sample had its room
  EXPECT_GT(pixel_bytes(folder.path()), 38'000U);
}

// Half of what a folder of five holds is stale.
void fill_and_change(const fs::path& folder) {
  ASSERT_TRUE(fill_cache(folder, 1, 5));
  CacheFile file({.folder = folder, .budget_bytes = kPlenty}, silent_log());
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_TRUE(file.find(changed(cache_key_of(i))).empty());
}

TEST(CacheFile, PutsOffGivingBackWhereTheDiskHasNoRoomForACopy) {
  const TemporaryFolder folder;
  fill_and_change(folder.path());
  const std::string before = CacheTexts::of(folder.path()).pixels;
  const std::int64_t copied = compaction_bytes(open_cache_files(folder.path(), silent_log()));
  RecordingLog log;
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty, .spare_bytes = copied - 1}, log);
    EXPECT_EQ(file.reclaimed_bytes(), 0);
    EXPECT_TRUE(has(file, 5));
    EXPECT_TRUE(file.may_add());
  }
  EXPECT_EQ(CacheTexts::of(folder.path()).pixels, before);
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("it is put off. Try: free some space there"), std::string::npos) << log.texts[0];
  CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty, .spare_bytes = copied}, silent_log());
  EXPECT_GT(file.reclaimed_bytes(), 0);
}

TEST(CacheFile, GivesNothingBackIfItIsAskedToStopAndIsUsedAsItIs) {
  const TemporaryFolder folder;
  fill_and_change(folder.path());
  RecordingLog log;
  const CacheProgress stops = [](std::size_t, std::size_t) { return false; };
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty, .go_on = stops}, log);
    EXPECT_EQ(file.reclaimed_bytes(), 0);
    EXPECT_TRUE(has(file, 4));
    EXPECT_TRUE(add(file, 1));
  }
  EXPECT_TRUE(log.texts.empty());
  EXPECT_EQ(num_named(folder.path()), 3U);
}

TEST(CacheFile, GivesBackWhatChangedSamplesTookWhenItIsOpened) {
  const TemporaryFolder folder;
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty}, silent_log());
    for (std::uint64_t i = 1; i <= 4; ++i) {
      ASSERT_TRUE(add(file, i));
      ASSERT_FALSE(file.add(changed(cache_key_of(i)), cache_sample(i + 10)).empty());
    }
    ASSERT_FALSE(file.add(cache_key_of(4), cache_sample(4)).empty());
    EXPECT_EQ(file.reclaimed_bytes(), 0);
  }
  const auto before = static_cast<std::int64_t>(pixel_bytes(folder.path()));
  RecordingLog log;
  CacheFile file({.folder = folder.path(), .budget_bytes = before}, log);
  EXPECT_GT(file.reclaimed_bytes(), before / 2);
  EXPECT_EQ(static_cast<std::int64_t>(pixel_bytes(folder.path())), before - file.reclaimed_bytes());
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("are given back"), std::string::npos);
  for (std::uint64_t i = 1; i <= 3; ++i)
    EXPECT_TRUE(std::ranges::equal(file.find(changed(cache_key_of(i))), packed_cache_sample(i + 10))) << i;
  EXPECT_TRUE(has(file, 4));
  EXPECT_TRUE(file.may_add());
  EXPECT_TRUE(file.take_room(file.reclaimed_bytes()));
}

// The limit of a file's size stands for a full disk.
TEST(CacheFile, AFullOneHasRoomForNewVersionsWhenItIsOpenedAgain) {
  const TemporaryFolder folder;
  ASSERT_TRUE(fill_cache(folder.path(), 1, 5));
  const auto full = static_cast<std::int64_t>(pixel_bytes(folder.path()));
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = full}, silent_log());
    for (std::uint64_t i = 1; i <= 5; ++i) EXPECT_TRUE(file.find(changed(cache_key_of(i))).empty());
    EXPECT_FALSE(file.take_room(100));
  }
  CacheFile file({.folder = folder.path(), .budget_bytes = full}, silent_log());
  EXPECT_GT(file.reclaimed_bytes(), 0);
  EXPECT_TRUE(file.take_room(100));
}

TEST(CacheFile, AFullDiskIsSaidOnceAndNothingHalfIsUsed) {
  const TemporaryFolder folder;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  RecordingLog log;
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty}, log);
    EXPECT_TRUE(add(file, 1));
    rlimit small = before;
    small.rlim_cur = pixel_bytes(folder.path()) + 200;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_FALSE(add(file, 2));
    EXPECT_FALSE(add(file, 3));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_FALSE(file.may_add());
    EXPECT_TRUE(has(file, 1));
    EXPECT_TRUE(file.find(cache_key_of(2)).empty());
  }
  std::signal(SIGXFSZ, handler);
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("nothing more is added to this cache"), std::string::npos) << log.texts[0];
  CacheFile again({.folder = folder.path(), .budget_bytes = kPlenty}, silent_log());
  EXPECT_TRUE(has(again, 1));
  EXPECT_EQ(num_named(folder.path()), 1U);
  EXPECT_TRUE(add(again, 2));
}

TEST(CacheFile, ThreadsAddAndFindAtOnce) {
  const TemporaryFolder folder;
  {
    CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty}, silent_log());
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&file, t] {
        for (std::uint64_t i = 0; i < 25; ++i) {
          (void)add(file, 100 * t + i);
          (void)file.find(cache_key_of(100 * ((t + 1) % 4) + i));
        }
      });
  }
  CacheFile file({.folder = folder.path(), .budget_bytes = kPlenty}, silent_log());
  EXPECT_EQ(num_named(folder.path()), 100U);
  for (std::uint64_t t = 0; t < 4; ++t)
    for (std::uint64_t i = 0; i < 25; ++i) ASSERT_TRUE(has(file, 100 * t + i));
}

}  // namespace
}  // namespace seg
