// SPDX-License-Identifier: Apache-2.0
// How fast the samples of a data set come from their disk, judged by some of them (base/read_speed.h).
#pragma once
#include <cstdint>

#include "dataset/dataset.h"

namespace seg {

struct DiskSpeed {
  std::int64_t num_samples = 0;  // that were read; without one nothing is known
  double bytes_per_second = 0, samples_per_second = 0;
  std::int64_t bytes_of_all = 0;  // files of the whole data set, about
};

// Nothing is known of samples that have no files of their own, and of files that stay in memory.
DiskSpeed measure_disk(const Dataset& dataset, int threads);

}  // namespace seg
