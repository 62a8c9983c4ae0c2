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

struct ClassCounts {
  double hit = 0, labelled = 0, predicted = 0;
};

ClassCounts counts_of(const ConfusionMatrix& matrix, std::int64_t k) {
  ClassCounts counts{.hit = static_cast<double>(matrix.count(k, k))};
  for (std::int64_t other = 0; other < matrix.num_classes(); ++other) {
    counts.labelled += static_cast<double>(matrix.count(k, other));
    counts.predicted += static_cast<double>(matrix.count(other, k));
  }
  return counts;
}

double reference_f1(const ClassCounts& counts) {
  const double precision = counts.hit / (counts.predicted + 1), recall = counts.hit / (counts.labelled + 1);
  return 2 * precision * recall / (precision + recall + 1e-6);
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

AbsentClass absent_class_of(std::string_view key) {
  return key == "reference" ? AbsentClass::reference : AbsentClass::leave_out;
}

Metrics metrics_of(const ConfusionMatrix& matrix, AbsentClass absent) {
  const bool is_reference = absent == AbsentClass::reference;
  const double total = static_cast<double>(matrix.total());
  Metrics metrics;
  double correct = 0, weighted = 0;
  for (std::int64_t k = 0; k < matrix.num_classes(); ++k) {
    const ClassCounts counts = counts_of(matrix, k);
    const double both = counts.labelled + counts.predicted - counts.hit;
    metrics.iou.push_back(is_reference ? counts.hit / (both + 1) : ratio(counts.hit, both));
    metrics.f1.push_back(is_reference ? reference_f1(counts)
                                      : ratio(2 * counts.hit, counts.labelled + counts.predicted));
    metrics.share.push_back(ratio(counts.labelled, total));
    correct += counts.hit;
    if (counts.labelled > 0) weighted += counts.labelled * metrics.iou.back();
  }
  metrics.miou = mean_of_present(metrics.iou);
  metrics.macro_f1 = mean_of_present(metrics.f1);
  metrics.fw_miou = ratio(weighted, total);
  metrics.pixel_accuracy = ratio(correct, total);
  // Each counted pixel is one false positive and one false negative at most, so 2tp / (2tp + fp + fn) = tp / total.
  metrics.micro_f1 =
      is_reference ? reference_f1({.hit = correct, .labelled = total, .predicted = total}) : metrics.pixel_accuracy;
  return metrics;
}

}  // namespace seg
