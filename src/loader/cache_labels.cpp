// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_labels.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "base/parallel.h"
#include "dataset/sample_key.h"
#include "loader/packed_sample.h"
#include "loader/segment_map.h"

namespace seg {
namespace {

struct KeptLabel {
  const Dataset* dataset = nullptr;
  std::size_t index = 0;
  CachedVersion version;
};

std::vector<KeptLabel> kept_labels(const CacheFiles& files, std::span<const Dataset* const> datasets, int threads) {
  std::vector<KeptLabel> kept;
  std::unordered_set<std::uint64_t> seen;  // splits may share samples
  for (const Dataset* dataset : datasets) {
    const std::vector<std::optional<SampleKey>> keys = keys_of_samples(*dataset, threads);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!keys[i]) continue;
      const auto found = files.entries.find(keys[i]->sample);
      if (found != files.entries.end() && found->second.key == *keys[i] && seen.insert(found->first).second)
        kept.push_back({.dataset = dataset, .index = i, .version = found->second});
    }
  }
  return kept;
}

bool are_equal(const LabelView& a, const LabelView& b) {
  for (std::int64_t y = 0; y < a.height(); ++y)
    if (!std::ranges::equal(a.row(y), b.row(y))) return false;
  return true;
}

// Nothing if the two cannot be compared.
std::optional<bool> is_that_of_its_file(const KeptLabel& kept, std::span<const std::byte> bytes) {
  const std::optional<PackedSample> packed = PackedSample::read(bytes);
  if (!packed) return std::nullopt;
  EncodedSample encoded;
  LabelMap of_file, of_cache;
  try {
    kept.dataset->fetch_label(kept.index, encoded);
    if (encoded.layout.height != packed->layout().height || encoded.layout.width != packed->layout().width)
      return false;
    kept.dataset->decode_label(kept.index, encoded, whole(encoded.layout), of_file);
  } catch (const UserError&) {
    return std::nullopt;
  }
  const std::optional<LabelView> label = packed->label(whole(encoded.layout), of_cache);
  return label ? std::optional(are_equal(*label, of_file)) : std::nullopt;
}

}  // namespace

LabelComparison compare_labels(const std::filesystem::path& folder, std::span<const Dataset* const> datasets,
                               int threads, Log& log, const CacheProgress& go_on) {
  const CacheFiles files = open_cache_files(folder, log);
  const std::vector<KeptLabel> kept = kept_labels(files, datasets, threads);
  SegmentMap map(files.pixels.get(), files.segment);
  LabelComparison result;
  std::mutex mutex;
  bool stops = false;
  std::size_t done = 0;
  std::vector<SampleKey> changed;
  parallel_for_each(kept.size(), threads, [&](std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (stops) return;
    }
    const CacheEntry& entry = kept[i].version.entry;
    const std::optional<bool> is_same = is_that_of_its_file(kept[i], map.at(entry.offset, entry.size));
    const std::lock_guard lock(mutex);
    if (is_same) ++result.samples;
    if (is_same == false) {
      result.changed.push_back(kept[i].dataset->label_name(kept[i].index));
      changed.push_back(kept[i].version.key);
    }
    if (go_on && !go_on(++done, kept.size())) stops = true;
  });
  std::ranges::sort(result.changed);
  if (!files.may_write()) return result;
  for (const SampleKey& key : changed) files.index->append(cache_record(key, {}));
  result.taken_out = true;
  return result;
}

}  // namespace seg
