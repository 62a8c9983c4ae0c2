// SPDX-License-Identifier: Apache-2.0
// The three measures of boundaries together: boundary IoU (metrics/boundary_bands.h), boundary F1
// (metrics/boundary_matches.h) and the IoU in trimaps (metrics/trimap.h); of one image, and summed over many.
//
// Ignored pixels count nowhere, whatever is predicted there, and no boundary runs along them. Counts are int64; sums of
// F1 are doubles, so that images are to be added in their order.
#pragma once
#include <cstdint>
#include <vector>

#include "image/view.h"
#include "metrics/boundary_bands.h"
#include "metrics/boundary_matches.h"
#include "metrics/class_metrics.h"
#include "metrics/confusion_matrix.h"
#include "metrics/trimap.h"

namespace seg {

struct BoundaryOptions {
  double iou_width = 0.02;                          // of the bands of boundary IoU, as a share of the diagonal
  double f1_tolerance = 0.0075;                     // of boundary F1, as a share of the diagonal
  std::vector<double> trimap_radii = {1, 3, 5, 9};  // in pixels, growing
};

// A mean that grows: of what has a value.
struct RunningMean {
  double sum = 0;
  std::int64_t count = 0;

  void add(double value);  // NaN is no value
  double mean() const;     // NaN of none
};

struct BoundaryCounts {
  std::vector<ClassCounts> bands;        // by class
  std::vector<RunningMean> f1;           // by class: over the images that have a boundary of it
  RunningMean f1_of_images;              // of the means over the classes that have a boundary in the image
  std::vector<ConfusionMatrix> trimaps;  // by radius

  BoundaryCounts& operator+=(const BoundaryCounts& other);  // other has as many classes and radii, or this has none yet
};

// Shares from 0 to 1; NaN is what has no value.
struct BoundaryMetrics {
  std::vector<double> iou, f1;   // by class
  double miou = 0;               // mean of iou
  double mean_f1 = 0;            // mean over images of the means over classes
  std::vector<Metrics> trimaps;  // by radius
};

// A class without a boundary in an image is left out of the image's F1 in any case; of IoU `absent` decides.
BoundaryMetrics metrics_of(const BoundaryCounts& counts, AbsentClass absent);

// Not thread-safe; the memory is reused.
class BoundaryScores {
 public:
  BoundaryScores(std::int64_t num_classes, std::int64_t ignore_label, const BoundaryOptions& options);

  // Of one image; both maps have its size. Labels and predictions are classes, or the ignored label.
  BoundaryCounts count(const LabelView& labels, const LabelView& predictions);

 private:
  std::int64_t ignore_label_;
  CountedClasses labels_, predictions_;
  BoundaryRuns label_runs_, prediction_runs_;
  BoundaryIou iou_;
  BoundaryMatcher matcher_;
  Trimap trimap_;
};

}  // namespace seg
