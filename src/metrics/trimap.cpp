// SPDX-License-Identifier: Apache-2.0
#include "metrics/trimap.h"

#include <stdexcept>
#include <utility>

namespace seg {

Trimap::Trimap(std::int64_t num_classes, std::int64_t ignore_label, std::vector<double> radii)
    : num_classes_(num_classes), ignore_label_(ignore_label), radii_(std::move(radii)) {
  double last = -1;
  for (const double radius : radii_)
    if (radius < 0 || radius <= std::exchange(last, radius)) throw std::logic_error("[trimap] radii do not grow");
}

std::vector<ConfusionMatrix> Trimap::count(const BoundaryRuns& of_labels, const LabelView& labels,
                                           const LabelView& predictions) {
  std::vector<ConfusionMatrix> matrices;
  ConfusionMatrix sum(num_classes_);
  narrower_.clear(labels.height(), labels.width());
  for (const double radius : radii_) {
    const Disc disc(radius * radius);
    band_.clear(labels.height(), labels.width());
    for (const RowSpan& run : of_labels.all()) band_.insert_discs(run, disc);
    ring_labels_.clear();
    ring_predictions_.clear();
    band_.for_each_but(narrower_, [&](std::int64_t y, std::int64_t x) {
      ring_labels_.push_back(labels.row(y)[static_cast<std::size_t>(x)]);
      ring_predictions_.push_back(predictions.row(y)[static_cast<std::size_t>(x)]);
    });
    sum.add(ring_labels_, ring_predictions_, ignore_label_);
    matrices.push_back(sum);
    std::swap(band_, narrower_);
  }
  return matrices;
}

}  // namespace seg
