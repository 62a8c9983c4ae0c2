// SPDX-License-Identifier: Apache-2.0
// Counts of (label, prediction) pairs and the metrics that follow from them.
//
// Counts are int64, exact for any data set. Ignored pixels are not counted. Not thread-safe; add matrices with +=.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  std::int64_t total() const noexcept;

 private:
  std::int64_t num_classes_;
  std::vector<std::int64_t> counts_;  // row: label, column: prediction
};

// Shares in 0 … 1; NaN where a class appears neither as label nor as prediction (it is left out of the means), and
// everywhere if nothing was counted.
struct Metrics {
  std::vector<double> iou, f1;  // by class; f1 is the Dice coefficient
  std::vector<double> share;    // by class: labelled pixels of the class over all counted pixels
  double miou = 0;              // mean of iou over the classes that appear
  double fw_miou = 0;           // iou weighted by share
  double pixel_accuracy = 0;
  double macro_f1 = 0;  // mean of f1 over the classes that appear
  double micro_f1 = 0;  // f1 of the summed counts; equals pixel_accuracy when every pixel has one class
};

// leave_out: as above. reference: the Python trainer's arithmetic. 1 is added to each denominator (1e-6 to that of F1,
// which comes from precision and recall), so an absent class counts as 0, and the means are over all classes.
enum class AbsentClass { leave_out, reference };
AbsentClass absent_class_of(std::string_view key);  // the config key's value

Metrics metrics_of(const ConfusionMatrix& matrix, AbsentClass absent = AbsentClass::leave_out);

}  // namespace seg
