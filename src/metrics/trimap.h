// SPDX-License-Identifier: Apache-2.0
// Trimaps: confusion matrices of the pixels near the boundaries of the labels.
//
// By P. Kohli, L. Ladicky, P. Torr, "Robust Higher Order Potentials for Enforcing Label Consistency", IJCV 2009, who
// count errors in a band around boundaries. Here a pixel is in the band of radius r if the centre of a boundary pixel
// of any class (metrics/boundary_runs.h) is at most r pixels from its own; a boundary's own pixels, on both of its
// sides, are at distance 0. The predictions' boundaries play no part.
// Not thread-safe; the memory is reused.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "image/view.h"
#include "metrics/boundary_runs.h"
#include "metrics/confusion_matrix.h"
#include "metrics/pixel_set.h"

namespace seg {

class Trimap {
 public:
  // Radii in pixels, at least 0, from the smallest to the largest.
  Trimap(std::int64_t num_classes, std::int64_t ignore_label, std::vector<double> radii);

  std::span<const double> radii() const noexcept { return radii_; }

  // A matrix for each radius. Of the labels themselves; predictions have the same size.
  std::vector<ConfusionMatrix> count(const BoundaryRuns& of_labels, const LabelView& labels,
                                     const LabelView& predictions);

 private:
  std::int64_t num_classes_, ignore_label_;
  std::vector<double> radii_;
  PixelSet band_, narrower_;
  std::vector<std::uint8_t> ring_labels_, ring_predictions_;
};

}  // namespace seg
