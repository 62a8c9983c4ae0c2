// SPDX-License-Identifier: Apache-2.0
// What happens to sample k between its file and its place in the batch: a pure function of (seed, k, image size).
//
// Drawn in this order: scale, flip, vertical flip, brightness, contrast, saturation, top, left; and from numbers of
// their own: whether to turn, how far, gamma, whether to blur, how much, noise and its key, the key of other places.
// Each is drawn whether or not it is in use, so that switching one off leaves the others as they were.
#pragma once
#include <cstdint>
#include <string>

#include "image/color_jitter.h"
#include "image/gamma_curve.h"
#include "image/noise.h"
#include "image/orientation.h"
#include "image/resample.h"

namespace seg {

class Random;  // base/random.h

// uniform:   every place of the crop in the scaled image is equally likely; a smaller image is padded to exactly the
//            crop and lies at a uniformly drawn place in it.
// reference: the Python trainer's rule: a smaller image gets gap / 2 + 1 on both sides, and the last place is never
//            drawn. Where the scaled image has exactly the size of the crop, both take it as it is.
enum class CropRule { uniform, reference };

struct AugmentationOptions {
  std::int64_t crop_height = 512, crop_width = 512;
  double scale_low = 1, scale_high = 1;
  double flip = 0, flip_vertical = 0;                   // probabilities
  double rot90 = 0;                                     // probability of a quarter, half or three quarter turn
  double brightness = 0, contrast = 0, saturation = 0;  // a factor is uniform from 1 - this to 1 + this
  double gamma = 0;  // with u uniform from -this to this, the exponent is 1 + u, or 1 / (1 - u) if u is negative
  double blur = 0;   // probability of a blur whose weight is uniform from 1 to kLargestBlur
  double noise = 0;  // the standard deviation is uniform up to this, as a share of the largest value
  CropRule crop_rule = CropRule::uniform;
  double foreground_crops = 0, crop_max_class_share = 1;  // loader/crop_place.h
};

// First the image is turned, as one stored like this is turned upright; the geometry speaks of the turned image. Of the
// finished crop the colours are changed, then come gamma, blur and noise; padding is left out, of blur and noise
// always.
struct CropPlan {
  double scale = 1;
  Orientation orientation;
  CropGeometry geometry;
  Window source;  // what must be decoded, of the image as it is stored
  JitterFactors jitter;
  std::int32_t gamma = kGammaUnit;
  std::int32_t blur = 0;  // weight of a neighbour
  Noise noise;
  std::uint64_t place_key = 0;  // of the numbers for other places

  bool operator==(const CropPlan&) const = default;
};

// The image is stored with image_height x image_width pixels. The scaled one has ceil(height * scale) x ceil(width *
// scale) pixels; the products are rounded to double precision, as the reference's are.
CropPlan draw_crop(const AugmentationOptions& options, std::uint64_t seed, std::uint64_t sample,
                   std::int64_t image_height, std::int64_t image_width);

// Where the crop lies in the scaled image, by the crop rule.
void draw_place(const AugmentationOptions& options, Random& random, CropGeometry& geometry);

// What must be decoded for the plan's geometry, of the image as it is stored.
Window stored_source(const CropPlan& plan) noexcept;

std::string to_text(const CropPlan& plan);  // one line

}  // namespace seg
