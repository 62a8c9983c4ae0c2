// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_compaction.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/error.h"
#include "loader/cache_file.h"
#include "tests/loader/cache_samples.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::cache_key_of;
using testing::CacheTexts;
using testing::fill_cache;
using testing::has;
using testing::kPlenty;
using testing::RecordingLog;
using testing::TemporaryFolder;

// Of five samples, those that the index names.
CacheFiles open_without(const fs::path& folder, std::initializer_list<std::uint64_t> forgotten) {
  CacheFiles files = open_cache_files(folder, silent_log());
  for (const std::uint64_t number : forgotten) files.entries.erase(cache_key_of(number).sample);
  return files;
}

class Compaction : public ::testing::Test {
 protected:
  Compaction() { EXPECT_TRUE(fill_cache(folder_.path(), 1, 5)); }
  bool still_has(std::uint64_t number) const {
    CacheFile file({.folder = folder_.path(), .budget_bytes = kPlenty}, silent_log());
    return has(file, number);
  }
  std::ptrdiff_t num_files() const {
    return std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator());
  }
  TemporaryFolder folder_;
};

TEST_F(Compaction, IsWorthItWhenHalfIsStaleOrTheRoomIsAtAnEnd) {
  EXPECT_FALSE(should_compact(open_without(folder_.path(), {}), 0));  // nothing to win
  EXPECT_TRUE(should_compact(open_without(folder_.path(), {1, 2, 3}), kPlenty));
  const CacheFiles few = open_without(folder_.path(), {1});
  EXPECT_FALSE(should_compact(few, kPlenty));
  const auto used = static_cast<std::int64_t>(few.end), stale = static_cast<std::int64_t>(few.stale_bytes());
  EXPECT_FALSE(should_compact(few, used + stale));
  EXPECT_TRUE(should_compact(few, used + stale - 1));
}

TEST_F(Compaction, KeepsWhatIsNamedAndGivesBackTheRest) {
  const std::uint64_t before = testing::pixel_bytes(folder_.path());
  std::uint64_t reclaimed = 0;
  {
    const CacheFiles files = open_without(folder_.path(), {2, 4});
    reclaimed = compact_cache(files).value();
  }
  EXPECT_GT(reclaimed, testing::cache_sample(2).size() + testing::cache_sample(4).size());
  EXPECT_EQ(testing::pixel_bytes(folder_.path()), before - reclaimed);
  EXPECT_EQ(fs::file_size(folder_ / "index"), 4 * kCacheRecordBytes);
  for (const std::uint64_t number : {1, 3, 5}) EXPECT_TRUE(still_has(number)) << number;
  for (const std::uint64_t number : {2, 4}) EXPECT_FALSE(still_has(number)) << number;
}

TEST_F(Compaction, LeavesDamagedSamplesOut) {
  CacheTexts texts = CacheTexts::of(folder_.path());
  texts.pixels[64 + 100] ^= 1;  // of the first
  texts.write(folder_.path());
  (void)compact_cache(open_without(folder_.path(), {}));
  EXPECT_EQ(open_cache_files(folder_.path(), silent_log()).entries.size(), 4U);
  for (const std::uint64_t number : {2, 3, 4, 5}) EXPECT_TRUE(still_has(number)) << number;
}

TEST_F(Compaction, LeavesReadersWhatTheyHaveOpened) {
  CacheFiles files = open_without(folder_.path(), {1, 2, 3, 4});
  CacheFile reader({.folder = folder_.path(), .budget_bytes = kPlenty}, silent_log());
  (void)compact_cache(files);
  for (std::uint64_t number = 1; number <= 5; ++number) EXPECT_TRUE(has(reader, number)) << number;
}

TEST_F(Compaction, IsNeverInTheWayOfWhoOpensTheCache) {
  const auto lock = FileLock::try_lock(folder_ / "lock", nullptr);
  std::atomic<bool> ends = false;
  std::jthread writer([&] {
    for (int i = 0; i < 60; ++i) (void)compact_cache(open_cache_files(folder_.path(), silent_log()));
    ends = true;
  });
  int opened = 0;
  for (; !ends; ++opened) {
    RecordingLog log;
    ASSERT_EQ(open_cache_files(folder_.path(), log).entries.size(), 5U) << opened;
    ASSERT_TRUE(log.warnings.empty()) << log.warnings.front();
  }
  EXPECT_GT(opened, 0);
}

TEST_F(Compaction, StopsWhenAskedToAndChangesNothing) {
  const CacheTexts before = CacheTexts::of(folder_.path());
  const auto files_before = num_files();
  {
    const CacheFiles files = open_without(folder_.path(), {1});
    std::vector<std::size_t> told;
    const auto go_on = [&](std::size_t done, std::size_t all) {
      EXPECT_EQ(all, 4U);
      told.push_back(done);
      return done < 2;
    };
    EXPECT_EQ(compact_cache(files, go_on), std::nullopt);
    EXPECT_EQ(told, (std::vector<std::size_t>{0, 1, 2}));
  }
  EXPECT_EQ(CacheTexts::of(folder_.path()).pixels, before.pixels);
  EXPECT_EQ(CacheTexts::of(folder_.path()).index, before.index);
  EXPECT_EQ(num_files(), files_before);
}

// As a kill leaves it that comes after the new pixels are whole and before an index names them.
TEST_F(Compaction, KilledBeforeItsRenameLosesNothing) {
  const fs::path left = cache_pixels(folder_.path(), 1234);
  fs::copy_file(cache_pixels(folder_.path()).value(), left);
  for (std::uint64_t number = 1; number <= 5; ++number) EXPECT_TRUE(still_has(number)) << number;
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(Compaction, KeepsSamplesWithinSegments) {
  const CacheFileOptions options{.folder = folder_ / "small", .budget_bytes = kPlenty, .segment_bytes = 4096};
  {
    CacheFile file(options, silent_log());
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(testing::add(file, i));
  }
  {
    CacheFiles files = open_cache_files(options.folder, silent_log(), options.segment_bytes);
    files.entries.erase(cache_key_of(0).sample);
    (void)compact_cache(files);
  }
  CacheFile file(options, silent_log());
  for (std::uint64_t i = 1; i < 40; ++i) EXPECT_TRUE(has(file, i)) << i;
}

TEST_F(Compaction, OfAFullCacheWithManySegmentsGivesNothingBack) {
  const CacheFileOptions options{.folder = folder_ / "small", .budget_bytes = kPlenty, .segment_bytes = 4096};
  {
    CacheFile file(options, silent_log());
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(testing::add(file, i));
  }
  const CacheFiles files = open_cache_files(options.folder, silent_log(), options.segment_bytes);
  EXPECT_EQ(files.stale_bytes(), 0U);
  EXPECT_FALSE(should_compact(files, static_cast<std::int64_t>(files.end)));
  EXPECT_FALSE(should_compact(files, 0));
}

TEST_F(Compaction, TellsWhatItsCopyTakes) {
  const CacheFiles files = open_without(folder_.path(), {1, 3});
  const std::int64_t told = compaction_bytes(files);
  (void)compact_cache(files);
  EXPECT_EQ(told, static_cast<std::int64_t>(testing::pixel_bytes(folder_.path())));
}

// The limit of a file's size stands for a full disk.
TEST_F(Compaction, ThatHasNoRoomChangesNothing) {
  const CacheTexts before = CacheTexts::of(folder_.path());
  const auto files_before = num_files();
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    const CacheFiles files = open_without(folder_.path(), {1});
    rlimit small = limit;
    small.rlim_cur = 1000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_THROW((void)compact_cache(files), UserError);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(CacheTexts::of(folder_.path()).pixels, before.pixels);
  EXPECT_EQ(CacheTexts::of(folder_.path()).index, before.index);
  EXPECT_EQ(num_files(), files_before);
}

}  // namespace
}  // namespace seg
