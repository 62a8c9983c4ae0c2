// SPDX-License-Identifier: Apache-2.0
#include "loader/sample_cache.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::RecordingLog;
using testing::TemporaryFolder;

CacheChoice in_memory(std::int64_t budget) { return {.tier = CacheTier::ram, .budget_bytes = budget}; }

TEST(SampleCache, OffGivesTheDataSetItself) {
  const FakeDataset dataset;
  SampleCache cache(CacheChoice{}, silent_log());
  EXPECT_FALSE(cache.attach(dataset).is_cached());
  EXPECT_EQ(cache.content().kept, 0);
}

TEST(SampleCache, SplitsShareOneBudget) {
  const FakeDataset train({.size = 6, .sizes_differ = false}), validation({.size = 6, .sizes_differ = false});
  SampleCache all(in_memory(1'000'000), silent_log());
  EXPECT_EQ(read_all(all.attach(train), 1), 0);
  EXPECT_EQ(read_all(all.attach(validation), 1), 0);
  EXPECT_EQ(all.content().kept, 12);

  const std::int64_t half = all.content().bytes / 2 + 40 * 60;  // labels are packed after room was taken for them
  SampleCache some(in_memory(half), silent_log());
  const ReaderSource cached_train = some.attach(train);
  const ReaderSource cached_validation = some.attach(validation);
  (void)read_all(cached_train, 1);
  (void)read_all(cached_validation, 1);
  EXPECT_GE(some.content().kept, 6);
  EXPECT_LT(some.content().kept, 12);
  EXPECT_LE(some.content().bytes, half);
}

TEST(SampleCache, ThatNobodyAskedForIsDoneWithout) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  CacheChoice choice{.tier = CacheTier::disk, .budget_bytes = 1'000'000, .folder = folder / "file" / "cache"};
  EXPECT_THROW(SampleCache(choice, silent_log()), UserError);
  EXPECT_THROW(SampleCache::rehearse(choice, silent_log()), UserError);
  choice.may_do_without = true;
  RecordingLog log;
  SampleCache::rehearse(choice, log);
  SampleCache cache(choice, log);
  const FakeDataset dataset;
  EXPECT_FALSE(cache.attach(dataset).is_cached());
  EXPECT_FALSE(cache.may_add());
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_NE(log.warnings[0].find("goes on without a cache"), std::string::npos) << log.warnings[0];
}

TEST(SampleCache, IsRehearsedWithoutATrace) {
  const TemporaryFolder folder;
  const CacheChoice choice{.tier = CacheTier::disk, .budget_bytes = 1'000'000, .folder = folder / "cache"};
  SampleCache::rehearse(choice, silent_log());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ReadAll, CountsBadFilesAndGoesOn) {
  const FakeDataset dataset({.size = 9, .bad = {0, 4}});
  for (const int threads : {1, 3}) {
    SampleCache cache(in_memory(1'000'000), silent_log());
    std::int64_t told = 0;
    EXPECT_EQ(read_all(cache.attach(dataset), threads, [&](std::int64_t done) { return told = done, true; }), 2);
    EXPECT_EQ(told, 9);
    EXPECT_EQ(cache.content().kept, 7);
  }
}

TEST(ReadAll, StopsWhenAskedTo) {
  const FakeDataset dataset({.size = 50});
  SampleCache cache(in_memory(1'000'000'000), silent_log());
  EXPECT_EQ(read_all(cache.attach(dataset), 1, [](std::int64_t done) { return done < 5; }), 0);
  EXPECT_EQ(cache.content().kept, 5);
}

}  // namespace
}  // namespace seg
