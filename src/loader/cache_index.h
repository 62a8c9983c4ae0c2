// SPDX-License-Identifier: Apache-2.0
// The index of a cache on disk: which sample lies where (cache_file.h). Pure functions, for bytes of any origin.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dataset/sample_key.h"

namespace seg {

inline constexpr std::size_t kCacheRecordBytes = 64;                    // and of the head of either file
inline constexpr std::uint64_t kCacheSegment = std::uint64_t{1} << 30;  // no sample lies across a multiple of it

struct CacheEntry {
  std::uint64_t offset = 0, size = 0;
  std::uint32_t checksum = 0;  // CRC-32C of the bytes
};

struct CachedVersion {
  SampleKey key;
  CacheEntry entry;
};
using CacheIndex = std::unordered_map<std::uint64_t, CachedVersion>;  // by SampleKey::sample

// Heads of files that belong together have the same number, and no others have.
std::string cache_head(std::uint64_t number);
std::optional<std::uint64_t> number_of_cache_head(std::string_view file) noexcept;

// An entry of size 0 says that the sample is not kept any more.
std::string cache_record(const SampleKey& key, const CacheEntry& entry);

// What the records of an index file say, the last of each sample, as far as it lies within so many bytes of pixels.
// Damaged records and those of a torn end are passed over.
CacheIndex read_cache_index(std::string_view file, std::uint64_t pixel_bytes, std::uint64_t segment = kCacheSegment);

// In the order of their places.
std::vector<CachedVersion> by_place(const CacheIndex& index);

// Where pixels would end if its samples followed each other in that order. Some room is lost before each boundary of a
// segment, and no compaction wins it back.
std::uint64_t compacted_end(const CacheIndex& index, std::uint64_t segment = kCacheSegment);

// Where a sample of this size may begin at the earliest, from `end` on.
std::uint64_t next_cache_offset(std::uint64_t end, std::uint64_t size, std::uint64_t segment = kCacheSegment) noexcept;

}  // namespace seg
