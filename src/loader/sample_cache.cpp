// SPDX-License-Identifier: Apache-2.0
#include "loader/sample_cache.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "base/error.h"
#include "base/parallel.h"
#include "dataset/sample_reader.h"
#include "loader/cache_folder.h"
#include "loader/disk_store.h"

namespace seg {
namespace {

bool succeeds(const CacheChoice& choice, Log& log, const std::function<void()>& open) {
  try {
    open();
    return true;
  } catch (const UserError& error) {
    if (!choice.may_do_without) throw;
    const Problem& problem = error.problems().front();
    log.warning_once("cache = \"auto\" goes on without a cache: " + problem.where + ": " + problem.what);
    return false;
  }
}

}  // namespace

SampleCache::SampleCache(const CacheChoice& choice, Log& log, const CacheProgress& go_on)
    : tier_(choice.tier), budget_(choice.budget_bytes) {
  if (tier_ != CacheTier::disk) return;
  const CacheFileOptions options{
      .folder = choice.folder, .budget_bytes = choice.budget_bytes, .spare_bytes = choice.spare_bytes, .go_on = go_on};
  if (!succeeds(choice, log, [&] { file_ = std::make_unique<CacheFile>(options, log); })) tier_ = CacheTier::off;
}

void SampleCache::rehearse(const CacheChoice& choice, Log& log) {
  if (choice.tier == CacheTier::disk) (void)succeeds(choice, log, [&] { try_cache_folder(choice.folder, log); });
}

ReaderSource SampleCache::attach(const Dataset& dataset, bool with_distances) {
  if (tier_ == CacheTier::off) return dataset;
  std::optional<std::uint8_t> distances;
  if (with_distances) distances = dataset.traits().ignore_label;
  if (file_)
    stores_.push_back(std::make_unique<DiskStore>(dataset, *file_, distances));
  else
    stores_.push_back(std::make_unique<MemoryStore>(dataset.size(), budget_, distances));
  return {dataset, *stores_.back()};
}

SampleStore::Content SampleCache::content() const noexcept {
  SampleStore::Content sum;
  for (const auto& store : stores_) {
    const SampleStore::Content content = store->content();
    sum.kept += content.kept;
    sum.bytes += content.bytes;
  }
  return sum;
}

std::int64_t read_all(const ReaderSource& source, int threads, const std::function<bool(std::int64_t)>& go_on) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stops = false;
  std::mutex mutex;
  std::int64_t done = 0, bad = 0;
  const auto read = [&](std::size_t /*thread*/) {
    const std::unique_ptr<SampleReader> reader = source.reader();
    for (std::size_t i = next++; i < source.size() && !stops; i = next++) {
      bool is_bad = false;
      try {
        const ImageLayout layout = reader->open(i);
        reader->reserve(layout.height, layout.width);
        (void)reader->image(whole(layout));
        (void)reader->label(whole(layout));
      } catch (const UserError&) {
        is_bad = true;
      }
      const std::lock_guard lock(mutex);
      ++done;
      if (is_bad) ++bad;
      if (go_on && !go_on(done)) stops = true;
    }
  };
  const int helpers = std::max(threads, 1);
  parallel_for_each(static_cast<std::size_t>(helpers), helpers, read);
  return bad;
}

}  // namespace seg
