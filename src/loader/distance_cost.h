// SPDX-License-Identifier: Apache-2.0
// What a crop's distances to boundaries cost, found in the finished crop or cut from maps that a cache keeps.
#pragma once
#include <cstdint>
#include <string_view>

#include "loader/crop_maker.h"
#include "loader/reader_source.h"

namespace seg {

struct DistanceCost {
  std::int64_t crops = 0;                                 // that were made each way; 0: there was nothing to measure
  double online_milliseconds = 0, kept_milliseconds = 0;  // a crop, by one thread: half of them take no longer
};

// What distance_map had better be: online, cache, or either where they differ by less than such measurements do.
std::string_view quicker_distances(const DistanceCost& cost) noexcept;

// Measured by making crops of some samples both ways, one way after the other. The source's cache holds the maps.
// Files that cannot be read are passed over.
DistanceCost measure_distances(const ReaderSource& source, const CropOptions& options);

}  // namespace seg
