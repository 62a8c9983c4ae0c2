// SPDX-License-Identifier: Apache-2.0
// The files of a cache on disk, opened by a reader or by the one process that may write them:
//
//     pixels    64 bytes of head, then packed samples, each aligned to 64 bytes, none across a multiple of 1 GiB
//     index     64 bytes of head, then a record of 64 bytes for each sample that is whole: its key, its place in
//               `pixels`, the CRC-32C of its bytes, and one of the record itself; the last record of a sample counts
//     lock      held by the one process that writes (FileLock)
//
// Both heads are "SEGCACHE", a version and a number that the two files share; numbers are little-endian. A record is
// written after the bytes it speaks of, so whatever kills a process at any moment, what the index names is whole. If
// a machine lost power, the checksum tells. Both files only ever grow; new ones take their place under the same names,
// so that readers keep what they have opened. Two files whose numbers differ hold nothing.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/append_file.h"
#include "base/file.h"
#include "base/log.h"
#include "base/opened_file.h"
#include "loader/cache_index.h"

namespace seg {

struct CacheFiles {
  std::filesystem::path folder;
  std::optional<FileLock> lock;       // of who may write
  std::unique_ptr<AppendFile> index;  // the same
  Descriptor pixels{-1};              // -1: there is nothing, and nobody here to make it
  CacheIndex entries;
  std::uint64_t end = 0;  // of `pixels`
  std::uint64_t segment = kCacheSegment;

  bool may_write() const noexcept { return index != nullptr; }
  std::uint64_t stale_bytes() const;  // of `pixels`: what compaction would give back
};

// Takes the right to write if it can, makes what is not there and mends torn ends. Whoever cannot write reads what is
// there, and the log says why. UserError if there is no folder and none can be made.
CacheFiles open_cache_files(const std::filesystem::path& folder, Log& log, std::uint64_t segment = kCacheSegment);

// Writes all of it. 0, or what went wrong.
int write_at(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) noexcept;

// A new pair without samples, in the place of what is there.
void begin_cache(const std::filesystem::path& folder);

// Heads of a new pair.
std::string new_cache_head();

}  // namespace seg
