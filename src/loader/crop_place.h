// SPDX-License-Identifier: Apache-2.0
// Where a crop lies when the labels have a say: on a pixel of a rare class, or where no class takes too much of it.
//
// The first attempt is the plan's own place, later ones are drawn as it was: every place equally likely. But any of
// them is, with the probability `foreground_crops`, put on a pixel: first one of the classes in the image is drawn,
// each as likely as it has few pixels there (in inverse proportion), then one of its pixels, each equally likely; the
// middle of the crop lies up to a quarter of its sides away from that pixel, and the crop is moved back into the image
// as far as it went beyond. Where the scaled image is smaller than the crop, it lies within the crop. Of up to 1 +
// kLaterAttempts places the first is taken in which no class has more than `crop_max_class_share` of the labelled
// pixels; if there is none, the one where the largest class has least (the first of equals). A pure function of the
// plan, whose key is drawn from (seed, sample), and of the labels. Not thread-safe.
#pragma once
#include <cstdint>

#include "image/label_histogram.h"
#include "image/view.h"
#include "loader/augmentation.h"

namespace seg {

inline constexpr int kLaterAttempts = 8;

// Whether a crop's place depends on labels at all.
inline bool places_by_labels(const AugmentationOptions& options) noexcept {
  return options.foreground_crops > 0 || options.crop_max_class_share < 1;
}

// The share of the largest class among the pixels that are not ignored; 1 if all are.
double largest_share(const LabelHistogram& labels, std::uint8_t ignored) noexcept;

// The places for one sample after the other.
class CropPlace {
 public:
  CropPlace(const AugmentationOptions& options, std::uint8_t ignored) : options_(options), ignored_(ignored) {}

  // The labels of the whole image, turned as the plan says; they must stay until the next sample's.
  void look_at(const LabelView& labels);

  // The plan with its crop at the place of attempt 0 … kLaterAttempts.
  CropPlan at(const CropPlan& plan, int attempt) const;

 private:
  struct Pixel {
    std::int64_t y = 0, x = 0;
  };
  Pixel pixel_of_rare_class(Random& random) const;

  const AugmentationOptions options_;
  const std::uint8_t ignored_;
  LabelView labels_;
  LabelHistogram histogram_{};
};

}  // namespace seg
