// SPDX-License-Identifier: Apache-2.0
// Gives back what a cache on disk holds for nothing: samples whose files have changed since, and damaged ones.
//
// Only for the holder of its lock. What is still named moves into new files, which then take the names of the old ones;
// readers keep those until they end. A kill between the two renames leaves files that do not belong together: a cache
// that is begun anew.
#pragma once
#include <cstdint>
#include <optional>

#include "base/disk.h"
#include "loader/cache_files.h"

namespace seg {

// Whether it is worth a copy: more than half of what lies there is stale, or an eighth of it and as much as there is
// room left for.
bool should_compact(const CacheFiles& files, std::int64_t budget_bytes);

// Checks every sample on the way and leaves the damaged ones out; returns the bytes that the folder has less.
// UserError if there is no space for both or the new files cannot be written. Then all is as it was, or, if the disk
// failed between the two renames, as after a kill: open the files anew. An unknown disk has space.
std::uint64_t compact_cache(const CacheFiles& files, const std::optional<DiskSpace>& space);

}  // namespace seg
