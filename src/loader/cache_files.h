// SPDX-License-Identifier: Apache-2.0
// The files of a cache on disk, opened by a reader or by the one process that may write them:
//
//     index      64 bytes of head, then a record of 64 bytes for each sample that is whole: its key, its place among
//                the pixels, the CRC-32C of its bytes, and one of the record itself; the last record of a sample counts
//     pixels-N   64 bytes of head, then packed samples, each aligned to 64 bytes, none across a multiple of 1 GiB
//     lock       held by the one process that writes (FileLock)
//
// Both heads are "SEGCACHE", a version and a number, which is the N of the file of pixels in 16 hexadecimal digits;
// numbers are little-endian. A record is written after the bytes it speaks of, so whatever kills a process at any
// moment, what the index names is whole. If a machine lost power, the checksum tells. Both files only ever grow. New
// ones take their place by one rename, that of an index which names other pixels: whoever opens them at that moment
// has the old ones or the new, and keeps what it has opened.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/append_file.h"
#include "base/file.h"
#include "base/log.h"
#include "base/opened_file.h"
#include "loader/cache_index.h"

namespace seg {

// Called by one thread at a time while samples are looked at: how many are done, and of how many. Whether to go on.
using CacheProgress = std::function<bool(std::size_t done, std::size_t all)>;

struct CacheFiles {
  std::filesystem::path folder;
  std::optional<FileLock> lock;       // of who may write
  std::unique_ptr<AppendFile> index;  // the same
  Descriptor pixels{-1};              // -1: there is nothing, and nobody here to make it
  CacheIndex entries;
  std::uint64_t end = 0;  // of the pixels
  std::uint64_t segment = kCacheSegment;

  bool may_write() const noexcept { return index != nullptr; }
  std::uint64_t stale_bytes() const;  // of the pixels: what compaction would give back
};

// Takes the right to write if it can, makes what is not there, mends torn ends and removes files that no index names
// any more. Whoever cannot write reads what is there, and the log says why. UserError if there is no folder and none
// can be made.
CacheFiles open_cache_files(const std::filesystem::path& folder, Log& log, std::uint64_t segment = kCacheSegment);

// Writes all of it. 0, or what went wrong.
int write_at(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) noexcept;

// The file of pixels that the folder's index names, whether it is there or not. Nothing if no index can be read.
std::optional<std::filesystem::path> cache_pixels(const std::filesystem::path& folder);

// Where the pixels of that number lie.
std::filesystem::path cache_pixels(const std::filesystem::path& folder, std::uint64_t number);

// Whether that file is there and begins with the index's number; without it nothing of the cache can be read.
bool has_pixels_of_index(const std::filesystem::path& folder);

std::uint64_t new_cache_number();

}  // namespace seg
