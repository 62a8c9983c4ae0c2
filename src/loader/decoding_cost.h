// SPDX-License-Identifier: Apache-2.0
// What it takes to decode samples and to keep them, measured by reading a few.
#pragma once
#include <cstdint>
#include <vector>

#include "dataset/dataset.h"

namespace seg {

// What the samples of a data set take, judged by a few of them.
struct DecodingCost {
  std::int64_t images = 0;
  std::int64_t bytes = 0;             // of all, packed as a cache keeps them
  double milliseconds_per_image = 0;  // to read and decode a whole one and its label, by one thread
  double unevenness = 1;              // how many times as long as most a slow one takes
};

// The slowest but one to the median: the very slowest may be so for reasons of its own, such as to be the first. 1 of
// too few to compare.
double unevenness_of(std::vector<double> seconds);

// Files that cannot be read are passed over: whoever needs them will tell. With distances, samples are kept with those
// of their labels.
DecodingCost measure_decoding(const Dataset& dataset, bool with_distances = false);

// Of both data sets; as uneven as the more uneven one.
DecodingCost together(const DecodingCost& one, const DecodingCost& other);

}  // namespace seg
