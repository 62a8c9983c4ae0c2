// SPDX-License-Identifier: Apache-2.0
// Boundary F1: how much of the predicted boundary lies near the labelled one, and the other way round.
//
// By G. Csurka, D. Larlus, F. Perronnin, "What is a good evaluation measure for semantic segmentation?", BMVC 2013: for
// each class of an image, precision is the share of its predicted boundary's pixels within a tolerance of a pixel of
// its labelled boundary, recall that of the labelled boundary's pixels within the tolerance of the predicted one, and
// their F1 is averaged over the classes that are in the label or the prediction, then over images. The tolerance is a
// share of the diagonal; distances are exact, from centre to centre, and boundaries are as in metrics/boundary_runs.h.
// Not thread-safe; the memory is reused.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "metrics/boundary_runs.h"
#include "metrics/pixel_set.h"

namespace seg {

// Pixels of one class's boundaries.
struct BoundaryMatch {
  std::int64_t labelled = 0, labelled_found = 0;    // found: within the tolerance of the predicted boundary
  std::int64_t predicted = 0, predicted_right = 0;  // right: within the tolerance of the labelled boundary
  bool operator==(const BoundaryMatch&) const = default;
};

// NaN without any boundary; 0 if only one of the two is there.
double f1_of(const BoundaryMatch& match);

class BoundaryMatcher {
 public:
  BoundaryMatcher(std::int64_t num_classes, double share_of_diagonal)
      : num_classes_(num_classes), share_of_diagonal_(share_of_diagonal) {}

  // By class; of images of one size.
  std::vector<BoundaryMatch> match(const BoundaryRuns& labels, const BoundaryRuns& predictions, std::int64_t height,
                                   std::int64_t width);

 private:
  std::int64_t num_classes_;
  double share_of_diagonal_;
  PixelSet near_;  // empty between classes
};

}  // namespace seg
