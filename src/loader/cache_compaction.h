// SPDX-License-Identifier: Apache-2.0
// Gives back what a cache on disk holds for nothing: samples whose files have changed since, and damaged ones.
//
// Only for the holder of its lock. What is still named is copied into a new file, whose index then takes the place of
// the old one (cache_files.h); readers keep what they have opened until they end. Whatever ends it before leaves all as
// it was.
#pragma once
#include <cstdint>
#include <optional>

#include "loader/cache_files.h"

namespace seg {

// Whether it is worth a copy: more than half of what lies there is stale, or an eighth of it and as much as there is
// room left for.
bool should_compact(const CacheFiles& files, std::int64_t budget_bytes);

// What the copy takes of the disk as long as the old files are there, too.
std::int64_t compaction_bytes(const CacheFiles& files);

// Checks every sample on the way and leaves the damaged ones out; returns the bytes that the folder has less, or
// nothing if go_on said no. UserError if the new files cannot be written. Where it did something, or threw, what was
// opened may be there no more: open the files anew.
std::optional<std::uint64_t> compact_cache(const CacheFiles& files, const CacheProgress& go_on = {});

}  // namespace seg
