// SPDX-License-Identifier: Apache-2.0
// The cache of a run: decoded samples of its data sets, kept where it was chosen to (cache_choice.h).
//
// It fills as samples are used for the first time, training and validation alike, first come, first kept. It changes no
// byte of a batch. Thread-safe but for attach().
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/log.h"
#include "loader/cache_choice.h"
#include "loader/cache_file.h"
#include "loader/memory_store.h"
#include "loader/reader_source.h"

namespace seg {

class SampleCache {
 public:
  // Opens it, and gives back what a cache on disk holds for nothing, as long as go_on says yes. UserError if its folder
  // cannot be made; if the choice can do without, the log says so and nothing is kept. The log must outlive the cache.
  SampleCache(const CacheChoice& choice, Log& log, const CacheProgress& go_on = {});

  // Tells what its making would, and leaves nothing behind.
  static void rehearse(const CacheChoice& choice, Log& log);

  // The data set, read through the cache, if there is one. Both must outlive their use. With distances, samples are
  // kept with those of their labels' pixels.
  ReaderSource attach(const Dataset& dataset, bool with_distances = false);

  SampleStore::Content content() const noexcept;                                                  // of all data sets
  std::int64_t reclaimed_bytes() const noexcept { return file_ ? file_->reclaimed_bytes() : 0; }  // of its file
  bool may_add() const noexcept { return tier_ == CacheTier::ram || (file_ && file_->may_add()); }

 private:
  CacheTier tier_;
  CacheBudget budget_;                                // of memory
  std::unique_ptr<CacheFile> file_;                   // on disk
  std::vector<std::unique_ptr<SampleStore>> stores_;  // one a data set
};

// Reads every sample once, so that a cache holds what it has room for. Files that cannot be read are passed over and
// counted: training tells of them, if it meets them. Stops early when go_on(samples done) says no; it is called by one
// thread at a time.
std::int64_t read_all(const ReaderSource& source, int threads, const std::function<bool(std::int64_t)>& go_on = {});

}  // namespace seg
