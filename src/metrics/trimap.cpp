// SPDX-License-Identifier: Apache-2.0
#include "metrics/trimap.h"

#include <stdexcept>
#include <utility>

namespace seg {

Trimap::Trimap(std::int64_t num_classes, std::int64_t ignore_label, const std::vector<double>& radii)
    : num_classes_(num_classes), ignore_label_(ignore_label) {
  double last = -1;
  for (const double radius : radii) {
    if (radius < 0 || radius > kLargestRadius || radius <= std::exchange(last, radius))
      throw std::logic_error("[trimap] radii do not grow, or too far");
    rings_.push_back({.largest_square = static_cast<std::uint16_t>(radius * radius), .labels = {}, .predictions = {}});
  }
}

void Trimap::collect(const LabelView& labels, const LabelView& predictions) {
  const std::uint16_t largest = rings_.back().largest_square;
  squares_.resize(static_cast<std::size_t>(labels.height() * labels.width()));
  distances_.squares(labels, {.ignored = static_cast<std::uint8_t>(ignore_label_)},
                     static_cast<std::uint16_t>(largest + 1), squares_);
  for (Ring& ring : rings_) {
    ring.labels.clear();
    ring.predictions.clear();
  }
  const std::uint16_t* square = squares_.data();
  for (std::int64_t y = 0; y < labels.height(); ++y) {
    const auto label = labels.row(y), prediction = predictions.row(y);
    for (std::size_t x = 0; x < label.size(); ++x, ++square) {
      if (*square > largest) continue;
      auto ring = rings_.begin();
      while (*square > ring->largest_square) ++ring;
      ring->labels.push_back(label[x]);
      ring->predictions.push_back(prediction[x]);
    }
  }
}

std::vector<ConfusionMatrix> Trimap::count(const LabelView& labels, const LabelView& predictions) {
  std::vector<ConfusionMatrix> matrices;
  if (rings_.empty()) return matrices;
  collect(labels, predictions);
  ConfusionMatrix sum(num_classes_);
  for (const Ring& ring : rings_) {
    sum.add(ring.labels, ring.predictions, ignore_label_);
    matrices.push_back(sum);
  }
  return matrices;
}

}  // namespace seg
