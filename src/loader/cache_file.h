// SPDX-License-Identifier: Apache-2.0
// Packed samples on disk, for all runs that read the same files the same way (cache_files.h tells how they lie there).
//
// One process adds, any number read. A record that does not hold, or whose sample's checksum does not, which is looked
// at before the first use in every process, is ignored, and the sample made again. What versions of samples that have
// changed take is given back when the cache is opened, once that is much and the disk has room for a copy of the rest
// (cache_compaction.h).
// Thread-safe. Whoever may not write in the folder reads what is there.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>

#include "base/log.h"
#include "loader/cache_files.h"
#include "loader/packed_sample.h"

namespace seg {

struct CacheFileOptions {
  std::filesystem::path folder;
  std::int64_t budget_bytes = 0;  // of the pixels
  // Of the disk, for a while beside what lies there: as much may be copied to give back the rest.
  std::int64_t spare_bytes = std::numeric_limits<std::int64_t>::max();
  CacheProgress go_on{};  // asked while that is done, which takes long for a large cache
  std::uint64_t segment_bytes = kCacheSegment;
};

class CacheFile {
 public:
  // Makes the folder if need be. UserError if that cannot be done; the log must outlive it.
  CacheFile(const CacheFileOptions& options, Log& log);
  ~CacheFile();
  CacheFile(const CacheFile&) = delete;
  CacheFile& operator=(const CacheFile&) = delete;

  // Empty if there is no such sample, or no whole one. Valid as long as this object.
  std::span<const std::byte> find(const SampleKey& key);

  // Whether this process may add samples: it has the lock, and the disk had room so far.
  bool may_add() const noexcept;
  bool take_room(std::int64_t bytes) noexcept;
  void give_room_back(std::int64_t bytes) noexcept;

  // Where it lies in the file. Empty if it could not be written or read back, which is said once.
  std::span<const std::byte> add(const SampleKey& key, const SamplePacker& packed);

  // Of a sample that turned out to be damaged: it is not found any more.
  void drop(const SampleKey& key) noexcept;

  std::int64_t reclaimed_bytes() const noexcept;  // when it was opened

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seg
