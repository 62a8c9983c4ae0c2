// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_check.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "loader/cache_file.h"
#include "tests/loader/cache_samples.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::CacheTexts;
using testing::fill_cache;
using testing::has;
using testing::kPlenty;

class CheckOfACache : public ::testing::Test {
 protected:
  CheckOfACache() { EXPECT_TRUE(fill_cache(folder_.path(), 1, 9)); }
  void damage_second() const {
    CacheTexts texts = CacheTexts::of(folder_.path());
    texts.pixels[64 + testing::cache_sample(1).size() + 100] ^= 1;
    texts.write(folder_.path());
  }
  testing::TemporaryFolder folder_;
};

TEST_F(CheckOfACache, FindsAllWholeIfTheyAre) {
  std::size_t told = 0;
  const CacheCheck check = check_cache(folder_.path(), 3, silent_log(), [&](std::size_t done, std::size_t all) {
    EXPECT_EQ(all, 9U);
    EXPECT_EQ(done, ++told);
    return true;
  });
  EXPECT_EQ(check.samples, 9);
  EXPECT_EQ(check.damaged, 0);
  EXPECT_GT(check.bytes, 9 * 70 * 5);
  EXPECT_LT(check.stale_bytes, 64);
}

TEST_F(CheckOfACache, TakesDamagedSamplesOutSoThatTheyAreMadeAgain) {
  damage_second();
  const CacheCheck check = check_cache(folder_.path(), 1, silent_log());
  EXPECT_EQ(check.samples, 9);
  EXPECT_EQ(check.damaged, 1);
  EXPECT_TRUE(check.taken_out);
  EXPECT_EQ(check_cache(folder_.path(), 1, silent_log()).samples, 8);
  testing::RecordingLog log;
  CacheFile file({.folder = folder_.path(), .budget_bytes = kPlenty}, log);
  EXPECT_FALSE(has(file, 2));
  EXPECT_TRUE(has(file, 3));
  EXPECT_TRUE(testing::add(file, 2));
  EXPECT_TRUE(has(file, 2));
  EXPECT_TRUE(log.warnings.empty());
}

TEST_F(CheckOfACache, ThatOthersAddToOnlyTells) {
  damage_second();
  const auto lock = FileLock::try_lock(folder_ / "lock", nullptr);
  ASSERT_TRUE(lock);
  for (int again = 0; again < 2; ++again) {
    const CacheCheck check = check_cache(folder_.path(), 1, silent_log());
    EXPECT_EQ(check.samples, 9);
    EXPECT_EQ(check.damaged, 1);
    EXPECT_FALSE(check.taken_out);
  }
}

TEST_F(CheckOfACache, StopsWhenAskedTo) {
  const CacheCheck check =
      check_cache(folder_.path(), 1, silent_log(), [](std::size_t done, std::size_t) { return done < 4; });
  EXPECT_EQ(check.samples, 4);
}

}  // namespace
}  // namespace seg
