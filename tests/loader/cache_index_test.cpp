// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_index.h"

#include <gtest/gtest.h>

#include <string>

namespace seg {
namespace {

constexpr std::uint64_t kPixelBytes = 10000;

SampleKey key(std::uint64_t number) { return {.high = number, .low = ~number, .sample = 7 * number}; }
CacheEntry entry(std::uint64_t number) { return {.offset = 64 * number, .size = 60, .checksum = 77}; }

std::string index_of(std::uint64_t count) {
  std::string text = cache_head(5);
  for (std::uint64_t i = 1; i <= count; ++i) text += cache_record(key(i), entry(i));
  return text;
}

TEST(CacheHead, SaysWhichFilesBelongTogether) {
  EXPECT_EQ(cache_head(123).size(), kCacheRecordBytes);
  EXPECT_EQ(number_of_cache_head(cache_head(123)), 123U);
  EXPECT_EQ(number_of_cache_head(cache_head(123) + "more"), 123U);
  for (std::size_t size = 0; size < kCacheRecordBytes; ++size)
    EXPECT_FALSE(number_of_cache_head(cache_head(123).substr(0, size)));
  for (std::size_t at = 0; at < kCacheRecordBytes; ++at) {
    std::string head = cache_head(123);
    head[at] = static_cast<char>(head[at] ^ 1);
    EXPECT_FALSE(number_of_cache_head(head)) << at;
  }
}

TEST(CacheIndex, HoldsWhatItsRecordsSay) {
  const CacheIndex index = read_cache_index(index_of(3), kPixelBytes);
  ASSERT_EQ(index.size(), 3U);
  EXPECT_EQ(index.at(14).entry.offset, 128U);
  EXPECT_EQ(index.at(14).entry.size, 60U);
  EXPECT_EQ(index.at(14).entry.checksum, 77U);
  EXPECT_EQ(index.at(14).key, key(2));
}

TEST(CacheIndex, TheLastRecordOfASampleCountsWhateverItsVersion) {
  SampleKey changed = key(1);
  changed.high += 1000;
  const CacheIndex index = read_cache_index(index_of(2) + cache_record(changed, entry(9)), kPixelBytes);
  ASSERT_EQ(index.size(), 2U);
  EXPECT_EQ(index.at(7).key, changed);
  EXPECT_EQ(index.at(7).entry.offset, 9U * 64);
}

TEST(CacheIndex, ARecordOfSizeNothingTakesASampleOut) {
  const std::string text = index_of(2) + cache_record(key(1), {});
  EXPECT_EQ(read_cache_index(text, kPixelBytes).size(), 1U);
  EXPECT_EQ(read_cache_index(text + cache_record(key(1), entry(1)), kPixelBytes).size(), 2U);
}

TEST(CacheIndex, TellsWhereItsSamplesWouldEnd) {
  EXPECT_EQ(compacted_end(read_cache_index(index_of(3), kPixelBytes)), 64 + 2 * 64 + 60U);  // of 60 each, aligned
  EXPECT_EQ(compacted_end({}), 64U);
  // Two of them before a boundary at 192, one behind it.
  EXPECT_EQ(compacted_end(read_cache_index(index_of(3), kPixelBytes), 192), 192 + 60U);
}

TEST(CacheIndex, EveryShorterFileHoldsItsWholeRecords) {
  const std::string text = index_of(3);
  for (std::size_t size = 0; size <= text.size(); ++size)
    ASSERT_EQ(read_cache_index(text.substr(0, size), kPixelBytes).size(),
              size < kCacheRecordBytes ? 0 : size / kCacheRecordBytes - 1);
}

TEST(CacheIndex, ADamagedRecordIsPassedOver) {
  const std::string text = index_of(3);
  for (std::size_t at = kCacheRecordBytes; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_EQ(read_cache_index(damaged, kPixelBytes).size(), 2U) << at;
  }
}

TEST(CacheIndex, BelievesNoRecordOfWhatIsNotThere) {
  const auto believes = [](const CacheEntry& e, std::uint64_t pixel_bytes) {
    return !read_cache_index(cache_head(5) + cache_record(key(1), e), pixel_bytes).empty();
  };
  EXPECT_TRUE(believes({.offset = 64, .size = 100}, 164));
  EXPECT_FALSE(believes({.offset = 64, .size = 101}, 164));
  EXPECT_FALSE(believes({.offset = 64, .size = 0}, 164));
  EXPECT_FALSE(believes({.offset = 0, .size = 10}, 164));   // the head
  EXPECT_FALSE(believes({.offset = 65, .size = 10}, 164));  // not aligned
  EXPECT_FALSE(believes({.offset = 128, .size = ~std::uint64_t{0} - 63}, 164));
  EXPECT_FALSE(believes({.offset = ~std::uint64_t{63}, .size = 64}, 164));
  EXPECT_TRUE(believes({.offset = kCacheSegment - 64, .size = 64}, 4 * kCacheSegment));
  EXPECT_FALSE(believes({.offset = kCacheSegment - 64, .size = 65}, 4 * kCacheSegment));
  EXPECT_TRUE(read_cache_index(cache_head(5) + cache_record(key(1), {.offset = 192, .size = 65}), 1000, 256).empty());
}

TEST(NextCacheOffset, IsAlignedAndNeverSplitsASample) {
  EXPECT_EQ(next_cache_offset(64, 100), 64U);
  EXPECT_EQ(next_cache_offset(65, 100), 128U);
  EXPECT_EQ(next_cache_offset(kCacheSegment - 128, 128), kCacheSegment - 128);
  EXPECT_EQ(next_cache_offset(kCacheSegment - 128, 129), kCacheSegment);
  EXPECT_EQ(next_cache_offset(kCacheSegment - 1, 64), kCacheSegment);
  EXPECT_EQ(next_cache_offset(64, kCacheSegment), kCacheSegment);
  EXPECT_EQ(next_cache_offset(200, 64, 256), 256U);
}

}  // namespace
}  // namespace seg
