// SPDX-License-Identifier: Apache-2.0
// The distances of a crop's pixels to the boundaries of its labels, in eighths of a pixel.
//
// Found anew in the finished crop they are exact for what it shows: boundaries beyond its frame are not known. Those of
// the whole image's labels are cut, turned, scaled and flipped as the labels are, and multiplied by the scale: nearest
// where the image shrinks, bilinear where it grows. They know of boundaries beyond the frame, and of those that
// vanish as it shrinks; 31.83 pixels of the image and more stay as far as can be, as does padding.
// Not thread-safe; after reserve() nothing is allocated.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "dataset/sample_reader.h"
#include "image/distance_map.h"
#include "image/resample.h"
#include "image/view.h"
#include "loader/augmentation.h"

namespace seg {

struct DistanceOptions {
  bool in_batch = false;                              // a batch carries them
  bool of_whole_labels = false;                       // not of the crop's
  std::int64_t radius = DistanceMap::kLargestRadius;  // in pixels: farther ones are all alike
};

class CropDistances {
 public:
  CropDistances(const DistanceOptions& options, std::uint8_t ignored) : options_(options), ignored_(ignored) {}

  // For crops of an image, of which some may be turned.
  void reserve(const AugmentationOptions& augmentation, const ImageLayout& image, SampleReader& reader);

  // labels and out are [H,W] of the finished crop; the reader has the sample open, and views of its labels are no more
  // valid afterwards.
  void find(SampleReader& reader, const ImageLayout& image, const CropPlan& plan, const LabelView& labels,
            std::span<std::uint8_t> out);

 private:
  LabelView of_image(SampleReader& reader, const ImageLayout& image, const CropPlan& plan);
  void scale(const CropPlan& plan, const LabelView& map, std::span<std::uint8_t> out);

  const DistanceOptions options_;
  const std::uint8_t ignored_;
  DistanceMap map_;
  LabelMap whole_, turned_;
  Resampler resampler_;
};

// What one keeps of its own, at most, for crops of images up to this layout.
std::int64_t distance_bytes(const DistanceOptions& options, const AugmentationOptions& augmentation,
                            const ImageLayout& largest);

}  // namespace seg
