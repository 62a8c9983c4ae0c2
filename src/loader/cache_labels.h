// SPDX-License-Identifier: Apache-2.0
// Whether the labels that a cache on disk keeps are those that their files hold.
//
// Kept samples are found by names, sizes and times of files (dataset/sample_key.h). A label that was replaced by one of
// the same size, with the time set back, is found out by its pixels alone.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "dataset/dataset.h"
#include "loader/cache_files.h"

namespace seg {

struct LabelComparison {
  std::int64_t samples = 0;          // whose labels were compared
  std::vector<std::string> changed;  // names of labels that are others now, sorted
  bool taken_out = false;            // of the cache, if any is: the next run makes their samples again
};

// Labels that cannot be read, and samples that are damaged, are passed over. Changes nothing but the index, and that
// only if this process may. Stops early when go_on(samples done, of so many) says no.
LabelComparison compare_labels(const std::filesystem::path& folder, std::span<const Dataset* const> datasets,
                               int threads, Log& log, const CacheProgress& go_on = {});

}  // namespace seg
