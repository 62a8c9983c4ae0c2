// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_index.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/little_endian.h"
#include "base/rounding.h"
#include "loader/packed_sample.h"

namespace seg {
namespace {

constexpr std::string_view kMark = "SEGCACHE";
constexpr std::uint32_t kVersion = 3;
// Places in a record or head.
constexpr std::size_t kNumberAt = 16, kOffsetAt = 16, kSizeAt = 24, kDataChecksumAt = 32, kSampleAt = 40,
                      kChecksumAt = 60;

// Padded, and its own checksum at the end.
std::string sealed(std::string bytes) {
  bytes.resize(kChecksumAt, '\0');
  append_number(bytes, crc32c(bytes));
  return bytes;
}

bool is_sealed(std::string_view bytes) noexcept {
  return crc32c(bytes.substr(0, kChecksumAt)) == number_at<std::uint32_t>(bytes, kChecksumAt);
}

std::uint64_t aligned(std::uint64_t place) noexcept { return rounded_up(place, kPackedAlignment); }

bool lies_within(const CacheEntry& entry, std::uint64_t pixel_bytes, std::uint64_t segment) noexcept {
  if (entry.size > segment || entry.offset % kPackedAlignment != 0) return false;
  if (entry.offset < kCacheRecordBytes || entry.offset > pixel_bytes || entry.size > pixel_bytes - entry.offset)
    return false;
  return entry.offset / segment == (entry.offset + entry.size - 1) / segment;
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

std::string cache_record(const SampleKey& key, const CacheEntry& entry) {
  std::string record;
  append_number(record, key.high);
  append_number(record, key.low);
  append_number(record, entry.offset);
  append_number(record, entry.size);
  append_number(record, entry.checksum);
  record.resize(kSampleAt, '\0');
  append_number(record, key.sample);
  return sealed(std::move(record));
}

CacheIndex read_cache_index(std::string_view file, std::uint64_t pixel_bytes, std::uint64_t segment) {
  CacheIndex index;
  for (std::size_t at = kCacheRecordBytes; at + kCacheRecordBytes <= file.size(); at += kCacheRecordBytes) {
    const std::string_view record = file.substr(at, kCacheRecordBytes);
    if (!is_sealed(record)) continue;
    const SampleKey key{.high = number_at<std::uint64_t>(record, 0),
                        .low = number_at<std::uint64_t>(record, 8),
                        .sample = number_at<std::uint64_t>(record, kSampleAt)};
    const CacheEntry entry{.offset = number_at<std::uint64_t>(record, kOffsetAt),
                           .size = number_at<std::uint64_t>(record, kSizeAt),
                           .checksum = number_at<std::uint32_t>(record, kDataChecksumAt)};
    if (entry.size == 0)
      index.erase(key.sample);
    else if (lies_within(entry, pixel_bytes, segment))
      index[key.sample] = {.key = key, .entry = entry};
  }
  return index;
}

std::vector<CachedVersion> by_place(const CacheIndex& index) {
  std::vector<CachedVersion> versions;
  versions.reserve(index.size());
  for (const auto& [sample, version] : index) versions.push_back(version);
  std::ranges::sort(versions, {}, [](const CachedVersion& version) { return version.entry.offset; });
  return versions;
}

std::uint64_t compacted_end(const CacheIndex& index, std::uint64_t segment) {
  std::uint64_t end = kCacheRecordBytes;
  for (const CachedVersion& version : by_place(index))
    end = next_cache_offset(end, version.entry.size, segment) + version.entry.size;
  return end;
}

std::uint64_t next_cache_offset(std::uint64_t end, std::uint64_t size, std::uint64_t segment) noexcept {
  const std::uint64_t place = aligned(end), segment_end = (place / segment + 1) * segment;
  return place + size > segment_end ? segment_end : place;
}

}  // namespace seg
