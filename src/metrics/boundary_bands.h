// SPDX-License-Identifier: Apache-2.0
// Boundary IoU: the IoU of what lies along the boundaries of labels and of predictions.
//
// By B. Cheng, R. Girshick, P. Dollar, A. Berg, A. Kirillov, "Boundary IoU: Improving Object-Centric Image Segmentation
// Evaluation", CVPR 2021: of a mask, what an erosion by d pixels takes away from it is its band, and the boundary IoU
// of two masks is the IoU of their bands. The erosion is by a square of 3 x 3, d times; beyond the image's frame there
// is no mask. d is a share of the diagonal. Here the masks are those of each class, and pixels that do not count are in
// no mask and do not erode. That is: a pixel that counts is in its class's band if a pixel of another class that
// counts, or one outside of the image, is at most d columns and at most d rows away.
// Not thread-safe; the memory is reused.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/class_metrics.h"
#include "metrics/counted_classes.h"

namespace seg {

// Rounded to whole pixels, halves to even as in Python; at least 1.
std::int64_t band_width(double share_of_diagonal, std::int64_t height, std::int64_t width);

class BandFinder {
 public:
  // 1 for each pixel of a band, else 0, [H,W]; valid until the next call.
  std::span<const std::uint8_t> find(const CountedClasses& classes, std::int64_t width);

 private:
  void reduce_rows(const CountedClasses& classes, std::int64_t reach);
  void reduce_columns(const CountedClasses& classes, std::int64_t reach);
  void add_frame(const CountedClasses& classes, std::int64_t width);

  // The smallest low and the largest high value of the window around each pixel, in its row.
  std::vector<std::uint8_t> lowest_, highest_;
  std::vector<std::uint8_t> is_in_band_;
  std::vector<std::uint8_t> low_scratch_, high_scratch_, other_scratch_;
};

// Counts by class of the pixels in bands: labelled are those in the bands of labels, predicted in those of predictions,
// hit in both and of one class.
class BoundaryIou {
 public:
  BoundaryIou(std::int64_t num_classes, double share_of_diagonal)
      : num_classes_(num_classes), share_of_diagonal_(share_of_diagonal) {}

  // The same pixels count in both.
  std::vector<ClassCounts> count(const CountedClasses& labels, const CountedClasses& predictions);

 private:
  std::int64_t num_classes_;
  double share_of_diagonal_;
  BandFinder of_labels_, of_predictions_;
};

}  // namespace seg
