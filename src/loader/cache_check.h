// SPDX-License-Identifier: Apache-2.0
// Looks at every sample that a cache on disk keeps, as a run does before it uses one.
#pragma once
#include <cstdint>
#include <filesystem>

#include "base/log.h"
#include "loader/cache_files.h"

namespace seg {

struct CacheCheck {
  std::int64_t samples = 0, damaged = 0;  // that were looked at
  std::int64_t bytes = 0;                 // of the whole ones
  std::int64_t stale_bytes = 0;           // that nothing names any more
  bool taken_out = false;                 // the damaged ones: the next run makes them again
};

// Changes nothing but the index, and that only if this process may. Stops early when go_on(samples done, of so many)
// says no. std::system_error if the file cannot be mapped into memory.
CacheCheck check_cache(const std::filesystem::path& folder, int threads, Log& log, const CacheProgress& go_on = {});

}  // namespace seg
