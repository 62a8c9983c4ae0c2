// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_index.h"

#include "base/crc32c.h"
#include "base/little_endian.h"
#include "loader/packed_sample.h"

namespace seg {
namespace {

constexpr std::string_view kMark = "SEGCACHE";
constexpr std::uint32_t kVersion = 1;
// Places in a record or head.
constexpr std::size_t kNumberAt = 16, kOffsetAt = 16, kSizeAt = 24, kDataChecksumAt = 32, kChecksumAt = 60;

// Padded, and its own checksum at the end.
std::string sealed(std::string bytes) {
  bytes.resize(kChecksumAt, '\0');
  append_number(bytes, crc32c(bytes));
  return bytes;
}

bool is_sealed(std::string_view bytes) noexcept {
  return crc32c(bytes.substr(0, kChecksumAt)) == number_at<std::uint32_t>(bytes, kChecksumAt);
}

bool lies_within(const CacheEntry& entry, std::uint64_t pixel_bytes) noexcept {
  if (entry.size == 0 || entry.size > kCacheSegment || entry.offset % kPackedAlignment != 0) return false;
  if (entry.offset < kCacheRecordBytes || entry.offset > pixel_bytes || entry.size > pixel_bytes - entry.offset)
    return false;
  return entry.offset / kCacheSegment == (entry.offset + entry.size - 1) / kCacheSegment;
}

}  // namespace

std::string cache_head(std::uint64_t number) {
  std::string head(kMark);
  append_number(head, kVersion);
  head.resize(kNumberAt, '\0');
  append_number(head, number);
  return sealed(std::move(head));
}

std::optional<std::uint64_t> number_of_cache_head(std::string_view file) noexcept {
  if (file.size() < kCacheRecordBytes) return std::nullopt;
  const std::string_view head = file.substr(0, kCacheRecordBytes);
  if (!head.starts_with(kMark) || number_at<std::uint32_t>(head, kMark.size()) != kVersion || !is_sealed(head))
    return std::nullopt;
  return number_at<std::uint64_t>(head, kNumberAt);
}

std::string cache_record(const CacheKey& key, const CacheEntry& entry) {
  std::string record;
  append_number(record, key.high);
  append_number(record, key.low);
  append_number(record, entry.offset);
  append_number(record, entry.size);
  append_number(record, entry.checksum);
  return sealed(std::move(record));
}

CacheIndex read_cache_index(std::string_view file, std::uint64_t pixel_bytes) {
  CacheIndex index;
  for (std::size_t at = kCacheRecordBytes; at + kCacheRecordBytes <= file.size(); at += kCacheRecordBytes) {
    const std::string_view record = file.substr(at, kCacheRecordBytes);
    if (!is_sealed(record)) continue;
    const CacheKey key{.high = number_at<std::uint64_t>(record, 0), .low = number_at<std::uint64_t>(record, 8)};
    const CacheEntry entry{.offset = number_at<std::uint64_t>(record, kOffsetAt),
                           .size = number_at<std::uint64_t>(record, kSizeAt),
                           .checksum = number_at<std::uint32_t>(record, kDataChecksumAt)};
    if (lies_within(entry, pixel_bytes)) index[key] = entry;
  }
  return index;
}

std::uint64_t next_cache_offset(std::uint64_t end, std::uint64_t size) noexcept {
  const std::uint64_t aligned = (end + kPackedAlignment - 1) / kPackedAlignment * kPackedAlignment;
  const std::uint64_t segment_end = (aligned / kCacheSegment + 1) * kCacheSegment;
  return aligned + size > segment_end ? segment_end : aligned;
}

}  // namespace seg
