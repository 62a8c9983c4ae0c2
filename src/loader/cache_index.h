// SPDX-License-Identifier: Apache-2.0
// The index of a cache on disk: which sample lies where (cache_file.h). Pure functions, for bytes of any origin.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace seg {

inline constexpr std::size_t kCacheRecordBytes = 64;                    // and of the head of either file
inline constexpr std::uint64_t kCacheSegment = std::uint64_t{1} << 30;  // no sample lies across a multiple of it

// What a sample was made from: the files' names, sizes and times, as 128 bits.
struct CacheKey {
  std::uint64_t high = 0, low = 0;
  bool operator==(const CacheKey&) const = default;
};

struct CacheEntry {
  std::uint64_t offset = 0, size = 0;
  std::uint32_t checksum = 0;  // CRC-32C of the bytes
};

struct CacheKeyHash {
  std::size_t operator()(const CacheKey& key) const noexcept { return static_cast<std::size_t>(key.high ^ key.low); }
};
using CacheIndex = std::unordered_map<CacheKey, CacheEntry, CacheKeyHash>;

// Heads of files that belong together have the same number.
std::string cache_head(std::uint64_t number);
std::optional<std::uint64_t> number_of_cache_head(std::string_view file) noexcept;

std::string cache_record(const CacheKey& key, const CacheEntry& entry);

// What the records of an index file say, the last of each key, as far as it lies within so many bytes of pixels.
// Damaged records and those of a torn end are passed over.
CacheIndex read_cache_index(std::string_view file, std::uint64_t pixel_bytes);

// Where a sample of this size may begin at the earliest, from `end` on.
std::uint64_t next_cache_offset(std::uint64_t end, std::uint64_t size) noexcept;

}  // namespace seg
