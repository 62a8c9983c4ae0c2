// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_compaction.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "loader/packed_sample.h"

#include <unistd.h>

namespace seg {
namespace {

bool read_at(int descriptor, const CacheEntry& entry, Bytes& bytes) {
  bytes.resize(static_cast<std::size_t>(entry.size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        ::pread(descriptor, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(entry.offset + filled));
    if (got <= 0) return false;
    filled += static_cast<std::size_t>(got);
  }
  return true;
}

void require_room(const CacheFiles& files, const std::optional<DiskSpace>& space) {
  const std::uint64_t bytes = compacted_end(files.entries, files.segment);
  if (!space || static_cast<std::int64_t>(bytes) <= space->free_bytes) return;
  fail(files.folder.string(),
       "to give back what this cache holds for nothing, " + bytes_text(static_cast<std::int64_t>(bytes)) +
           " are needed for a while, but only " + bytes_text(space->free_bytes) + " are free",
       "free some space there, or remove the folder: it is made again");
}

}  // namespace

bool should_compact(const CacheFiles& files, std::int64_t budget_bytes) {
  const auto used = static_cast<std::int64_t>(files.end), stale = static_cast<std::int64_t>(files.stale_bytes());
  return 2 * stale > used || (8 * stale > used && budget_bytes - used < stale);
}

std::uint64_t compact_cache(const CacheFiles& files, const std::optional<DiskSpace>& space) {
  require_room(files, space);
  const std::string head = new_cache_head();
  std::string records = head;
  AtomicFile pixels(files.folder / "pixels");
  pixels.write(head);
  std::uint64_t end = head.size();
  Bytes bytes;
  for (const CachedVersion& version : by_place(files.entries)) {
    if (!read_at(files.pixels.get(), version.entry, bytes) || !is_whole_sample(bytes, version.entry.checksum)) continue;
    const std::uint64_t place = next_cache_offset(end, bytes.size(), files.segment);
    pixels.write(std::string(static_cast<std::size_t>(place - end), '\0'));
    pixels.write(bytes);
    end = place + bytes.size();
    records += cache_record(version.key, {.offset = place, .size = bytes.size(), .checksum = version.entry.checksum});
  }
  AtomicFile index(files.folder / "index");
  index.write(records);
  pixels.commit();
  index.commit();
  return files.end - std::min(files.end, end);
}

}  // namespace seg
