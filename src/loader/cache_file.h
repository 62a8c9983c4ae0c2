// SPDX-License-Identifier: Apache-2.0
// Packed samples on disk, for all runs that read the same files the same way: one folder, two files and a lock.
//
//     pixels    64 bytes of head, then packed samples, each aligned to 64 bytes, none across a multiple of 1 GiB
//     index     64 bytes of head, then a record of 64 bytes for each sample that is whole: its key, its place in
//               `pixels`, the CRC-32C of its bytes, and one of the record itself
//     lock      held by the one process that adds to it (FileLock)
//
// Both heads are "SEGCACHE", a version and a number that the two files share; numbers are little-endian. A record is
// written after the bytes it speaks of, so whatever kills a process at any moment, what the index names is whole. If
// a machine lost power, the checksum tells: it is looked at before the first use in every process. A record that does
// not hold is ignored, and the sample made again, at the end of the file.
// `pixels` is mapped and only ever grows; a new one takes the place of a damaged one under the same name. So readers
// beside a builder are safe.
// Thread-safe. Whoever may not write in the folder reads what is there.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/log.h"
#include "loader/cache_index.h"

namespace seg {

class CacheFile {
 public:
  // Makes the folder if need be. UserError if that cannot be done; the log must outlive it.
  CacheFile(std::filesystem::path folder, std::int64_t budget_bytes, Log& log);
  ~CacheFile();
  CacheFile(const CacheFile&) = delete;
  CacheFile& operator=(const CacheFile&) = delete;

  // Empty if there is no such sample, or no whole one. Valid as long as this object.
  std::span<const std::byte> find(const CacheKey& key);

  // Whether this process may add samples: it has the lock, and the disk had room so far.
  bool may_add() const noexcept;
  bool take_room(std::int64_t bytes) noexcept;
  void give_room_back(std::int64_t bytes) noexcept;

  // Where it lies in the file. Empty if it could not be written, which is said once.
  std::span<const std::byte> add(const CacheKey& key, std::span<const std::byte> packed);

  std::size_t num_samples() const;  // that the index names, whole or not

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seg
