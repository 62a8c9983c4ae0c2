// SPDX-License-Identifier: Apache-2.0
// Trimaps: confusion matrices of the pixels near the boundaries of the labels.
//
// By P. Kohli, L. Ladicky, P. Torr, "Robust Higher Order Potentials for Enforcing Label Consistency", IJCV 2009, who
// count errors in a band around boundaries. Here a pixel is in the band of radius r if the centre of a boundary pixel
// of any class (image/distance_map.h) is at most r pixels from its own; a boundary's own pixels, on both of its sides,
// are at distance 0. The predictions' boundaries play no part.
// Not thread-safe; the memory is reused.
#pragma once
#include <cstdint>
#include <vector>

#include "image/distance_map.h"
#include "image/view.h"
#include "metrics/confusion_matrix.h"

namespace seg {

class Trimap {
 public:
  static constexpr double kLargestRadius = 254;

  // Radii in pixels, growing, from 0 to kLargestRadius. The ignored label is 0 to 255.
  Trimap(std::int64_t num_classes, std::int64_t ignore_label, const std::vector<double>& radii);

  // A matrix for each radius; predictions have the labels' size.
  std::vector<ConfusionMatrix> count(const LabelView& labels, const LabelView& predictions);

 private:
  // The pixels that one band has and the narrower one has not.
  struct Ring {
    std::uint16_t largest_square = 0;  // of their distances
    std::vector<std::uint8_t> labels, predictions;
  };
  void collect(const LabelView& labels, const LabelView& predictions);

  std::int64_t num_classes_, ignore_label_;
  std::vector<Ring> rings_;
  DistanceMap distances_;
  std::vector<std::uint16_t> squares_;
};

}  // namespace seg
