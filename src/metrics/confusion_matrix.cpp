// SPDX-License-Identifier: Apache-2.0
#include "metrics/confusion_matrix.h"

#include <numeric>
#include <stdexcept>
#include <string>

namespace seg {

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

std::span<const std::int64_t> ConfusionMatrix::row(std::int64_t label) const {
  const auto size = static_cast<std::size_t>(num_classes_);
  return std::span(counts_).subspan(static_cast<std::size_t>(label) * size, size);
}

std::int64_t ConfusionMatrix::total() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::vector<ClassCounts> ConfusionMatrix::class_counts() const {
  std::vector<ClassCounts> classes(static_cast<std::size_t>(num_classes_));
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const auto counts = row(static_cast<std::int64_t>(label));
    classes[label].hit = counts[label];
    for (std::size_t prediction = 0; prediction < classes.size(); ++prediction) {
      classes[label].labelled += counts[prediction];
      classes[prediction].predicted += counts[prediction];
    }
  }
  return classes;
}

Metrics metrics_of(const ConfusionMatrix& matrix, AbsentClass absent) {
  return metrics_of(matrix.class_counts(), absent);
}

}  // namespace seg
