// SPDX-License-Identifier: Apache-2.0
#include "evaluation/confusion_matrix.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace seg {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN(); }

double mean_of_present(const std::vector<double>& values) {
  double sum = 0;
  double present = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    present += 1;
  }
  return ratio(sum, present);
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::int64_t num_classes)
    : num_classes_(num_classes), counts_(static_cast<std::size_t>(num_classes * num_classes)) {}

void ConfusionMatrix::add(std::span<const std::uint8_t> labels, std::span<const std::uint8_t> predictions,
                          std::int64_t ignore_label) {
  if (labels.size() != predictions.size()) throw std::logic_error("[confusion] labels and predictions differ in size");
  // All 2^16 pairs are counted without a branch; what may not occur is found afterwards.
  std::vector<std::int64_t> pairs(std::size_t{1} << 16);
  for (std::size_t i = 0; i < labels.size(); ++i) ++pairs[std::size_t{labels[i]} << 8 | predictions[i]];
  for (std::int64_t label = 0; label < 256; ++label) {
    if (label == ignore_label) continue;
    for (std::int64_t prediction = 0; prediction < 256; ++prediction) {
      const std::int64_t pixels = pairs[static_cast<std::size_t>(label << 8 | prediction)];
      if (pixels == 0) continue;
      if (label >= num_classes_ || prediction >= num_classes_)
        throw std::logic_error("[confusion] label " + std::to_string(label) + " or prediction " +
                               std::to_string(prediction) + " is out of range");
      counts_[static_cast<std::size_t>(label * num_classes_ + prediction)] += pixels;
    }
  }
}

ConfusionMatrix& ConfusionMatrix::operator+=(const ConfusionMatrix& other) {
  if (other.num_classes_ != num_classes_) throw std::logic_error("[confusion] matrices differ in size");
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  return *this;
}

std::int64_t ConfusionMatrix::count(std::int64_t label, std::int64_t prediction) const {
  return counts_.at(static_cast<std::size_t>(label * num_classes_ + prediction));
}

std::int64_t ConfusionMatrix::total() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

Metrics metrics_of(const ConfusionMatrix& matrix) {
  const std::int64_t num_classes = matrix.num_classes();
  const double total = static_cast<double>(matrix.total());
  Metrics metrics;
  double correct = 0;
  double weighted = 0;
  for (std::int64_t k = 0; k < num_classes; ++k) {
    const double hit = static_cast<double>(matrix.count(k, k));
    double labelled = 0;
    double predicted = 0;
    for (std::int64_t other = 0; other < num_classes; ++other) {
      labelled += static_cast<double>(matrix.count(k, other));
      predicted += static_cast<double>(matrix.count(other, k));
    }
    metrics.iou.push_back(ratio(hit, labelled + predicted - hit));
    metrics.f1.push_back(ratio(2 * hit, labelled + predicted));
    metrics.share.push_back(ratio(labelled, total));
    correct += hit;
    if (labelled > 0) weighted += labelled * metrics.iou.back();
  }
  metrics.miou = mean_of_present(metrics.iou);
  metrics.macro_f1 = mean_of_present(metrics.f1);
  metrics.fw_miou = ratio(weighted, total);
  metrics.pixel_accuracy = ratio(correct, total);
  // Each counted pixel is one false positive and one false negative at most, so 2tp / (2tp + fp + fn) = tp / total.
  metrics.micro_f1 = metrics.pixel_accuracy;
  return metrics;
}

}  // namespace seg
