// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_scores.h"

#include <cmath>
#include <limits>
#include <stdexcept>

namespace seg {

void RunningMean::add(double value) {
  if (std::isnan(value)) return;
  sum += value;
  ++count;
}

double RunningMean::mean() const {
  return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
}

BoundaryCounts& BoundaryCounts::operator+=(const BoundaryCounts& other) {
  if (bands.empty()) return *this = other;
  if (bands.size() != other.bands.size() || trimaps.size() != other.trimaps.size())
    throw std::logic_error("[metrics] counts of boundaries differ in size");
  for (std::size_t k = 0; k < bands.size(); ++k) {
    bands[k] += other.bands[k];
    f1[k].sum += other.f1[k].sum;
    f1[k].count += other.f1[k].count;
  }
  f1_of_images.sum += other.f1_of_images.sum;
  f1_of_images.count += other.f1_of_images.count;
  for (std::size_t i = 0; i < trimaps.size(); ++i) trimaps[i] += other.trimaps[i];
  return *this;
}

BoundaryMetrics metrics_of(const BoundaryCounts& counts, AbsentClass absent) {
  BoundaryMetrics metrics;
  for (const ClassCounts& band : counts.bands) metrics.iou.push_back(iou_of(band, absent));
  for (const RunningMean& f1 : counts.f1) metrics.f1.push_back(f1.mean());
  metrics.miou = mean_of_known(metrics.iou);
  metrics.mean_f1 = counts.f1_of_images.mean();
  for (const ConfusionMatrix& matrix : counts.trimaps) metrics.trimaps.push_back(metrics_of(matrix, absent));
  return metrics;
}

BoundaryScores::BoundaryScores(std::int64_t num_classes, std::int64_t ignore_label, const BoundaryOptions& options)
    : ignore_label_(ignore_label),
      iou_(num_classes, options.iou_width),
      matcher_(num_classes, options.f1_tolerance),
      trimap_(num_classes, ignore_label, options.trimap_radii) {}

BoundaryCounts BoundaryScores::count(const LabelView& labels, const LabelView& predictions) {
  labels_.take(labels, labels, ignore_label_);
  predictions_.take(predictions, labels, ignore_label_);
  label_runs_.find(labels_);
  prediction_runs_.find(predictions_);
  BoundaryCounts counts{.bands = iou_.count(labels_, predictions_),
                        .f1 = {},
                        .f1_of_images = {},
                        .trimaps = trimap_.count(labels, predictions)};
  RunningMean over_classes;
  for (const BoundaryMatch& match : matcher_.match(label_runs_, prediction_runs_, labels.height(), labels.width())) {
    const double f1 = f1_of(match);
    counts.f1.emplace_back().add(f1);
    over_classes.add(f1);
  }
  counts.f1_of_images.add(over_classes.mean());
  return counts;
}

}  // namespace seg
