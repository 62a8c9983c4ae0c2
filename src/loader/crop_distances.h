// SPDX-License-Identifier: Apache-2.0
// The distances of a crop's pixels to the boundaries of its labels.
//
// They are exact for what the crop shows: boundaries beyond its frame are not known, nor is the frame one.
// Not thread-safe; after the first crop nothing is allocated.
#pragma once
#include <cstdint>
#include <span>

#include "image/distance_map.h"
#include "image/view.h"

namespace seg {

struct DistanceOptions {
  bool in_batch = false;                              // a batch carries them
  std::int64_t radius = DistanceMap::kLargestRadius;  // in pixels: farther ones are all alike
};

class CropDistances {
 public:
  CropDistances(const DistanceOptions& options, std::uint8_t ignored) : options_(options), ignored_(ignored) {}

  // In eighths of a pixel; labels and out are [H,W] of the finished crop.
  void find(const LabelView& labels, std::span<std::uint8_t> out) {
    map_.eighths(labels, {.ignored = ignored_}, out, options_.radius);
  }

 private:
  const DistanceOptions options_;
  const std::uint8_t ignored_;
  DistanceMap map_;
};

}  // namespace seg
