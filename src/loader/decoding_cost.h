// SPDX-License-Identifier: Apache-2.0
// What it takes to decode samples and to keep them, measured by reading a few.
#pragma once
#include <cstdint>
#include <span>

#include "dataset/dataset.h"

namespace seg {

// What the samples of some data sets take once they are decoded, judged by a few of them.
struct DecodingCost {
  std::int64_t images = 0;
  std::int64_t bytes = 0;             // of all, packed as a cache keeps them
  double milliseconds_per_image = 0;  // to read and decode a whole one and its label, by one thread
};

// Files that cannot be read are passed over: whoever needs them will tell. With distances, the samples of the first
// data set, which are for training, are kept with those of their labels.
DecodingCost measure_decoding(std::span<const Dataset* const> datasets, bool with_distances = false);

}  // namespace seg
