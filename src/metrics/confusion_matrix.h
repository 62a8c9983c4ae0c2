// SPDX-License-Identifier: Apache-2.0
// Counts of (label, prediction) pairs.
//
// Counts are int64, exact for any data set. Ignored pixels are not counted. Not thread-safe; add matrices with +=.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/class_metrics.h"

namespace seg {

class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::int64_t num_classes);

  // Pixel by pixel; labels equal to ignore_label are skipped. Any other label, and every prediction, is below
  // num_classes (the data set's scan and argmax see to it); what is not throws std::logic_error.
  void add(std::span<const std::uint8_t> labels, std::span<const std::uint8_t> predictions, std::int64_t ignore_label);
  ConfusionMatrix& operator+=(const ConfusionMatrix& other);

  std::int64_t num_classes() const noexcept { return num_classes_; }
  std::int64_t count(std::int64_t label, std::int64_t prediction) const;
  std::span<const std::int64_t> row(std::int64_t label) const;  // by prediction
  std::int64_t total() const noexcept;
  std::vector<ClassCounts> class_counts() const;

 private:
  std::int64_t num_classes_;
  std::vector<std::int64_t> counts_;  // row: label, column: prediction
};

Metrics metrics_of(const ConfusionMatrix& matrix, AbsentClass absent = AbsentClass::leave_out);

}  // namespace seg
