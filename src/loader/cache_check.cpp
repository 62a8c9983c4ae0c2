// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_check.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/parallel.h"
#include "loader/packed_sample.h"
#include "loader/segment_map.h"

namespace seg {

CacheCheck check_cache(const std::filesystem::path& folder, int threads, Log& log, const CacheProgress& go_on) {
  const CacheFiles files = open_cache_files(folder, log);
  CacheCheck check{.stale_bytes = static_cast<std::int64_t>(files.stale_bytes())};
  std::vector<CachedVersion> versions;
  versions.reserve(files.entries.size());
  for (const auto& [sample, version] : files.entries) versions.push_back(version);
  std::ranges::sort(versions, {}, [](const CachedVersion& version) { return version.entry.offset; });

  SegmentMap map(files.pixels.get(), files.segment);
  std::mutex mutex;
  bool stops = false;
  std::vector<SampleKey> damaged;
  parallel_for_each(versions.size(), threads, [&](std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (stops) return;
    }
    const CacheEntry& entry = versions[i].entry;
    const bool is_whole = is_whole_sample(map.at(entry.offset, entry.size), entry.checksum);
    const std::lock_guard lock(mutex);
    ++check.samples;
    if (is_whole)
      check.bytes += static_cast<std::int64_t>(entry.size);
    else
      damaged.push_back(versions[i].key);
    if (go_on && !go_on(static_cast<std::size_t>(check.samples), versions.size())) stops = true;
  });
  check.damaged = static_cast<std::int64_t>(damaged.size());
  if (!files.may_write()) return check;
  for (const SampleKey& key : damaged) files.index->append(cache_record(key, {}));
  check.taken_out = true;
  return check;
}

}  // namespace seg
