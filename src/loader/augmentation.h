// SPDX-License-Identifier: Apache-2.0
// What happens to sample k between its file and its place in the batch: a pure function of (seed, k, image size).
//
// Drawn in this order: scale, flip, vertical flip, brightness, contrast, saturation, top, left. Each is drawn whether
// or not it is in use, so that switching one off leaves the others as they were.
#pragma once
#include <cstdint>
#include <string>

#include "image/color_jitter.h"
#include "image/resample.h"

namespace seg {

// uniform:   every place of the crop in the scaled image is equally likely; a smaller image is padded to exactly the
//            crop and lies at a uniformly drawn place in it.
// reference: the Python trainer's rule: a smaller image gets gap / 2 + 1 on both sides, and the last place is never
//            drawn. Where the scaled image has exactly the size of the crop, both take it as it is.
enum class CropRule { uniform, reference };

struct AugmentationOptions {
  std::int64_t crop_height = 512, crop_width = 512;
  double scale_low = 1, scale_high = 1;
  double flip = 0, flip_vertical = 0;                   // probabilities
  double brightness = 0, contrast = 0, saturation = 0;  // a factor is uniform from 1 - this to 1 + this
  CropRule crop_rule = CropRule::uniform;
};

struct CropPlan {
  double scale = 1;
  CropGeometry geometry;
  Window source;  // what must be decoded
  JitterFactors jitter;

  bool operator==(const CropPlan&) const = default;
};

// The scaled image has ceil(height * scale) x ceil(width * scale) pixels; the products are rounded to double precision,
// as the reference's are.
CropPlan draw_crop(const AugmentationOptions& options, std::uint64_t seed, std::uint64_t sample,
                   std::int64_t image_height, std::int64_t image_width);

std::string to_text(const CropPlan& plan);  // one line

}  // namespace seg
