// SPDX-License-Identifier: Apache-2.0
// What is said of classes once their pixels are counted: IoU, F1, precision, recall, and their means.
//
// With A the pixels labelled as a class and B those predicted as it: IoU = |A∩B| / |A∪B|, F1 = 2 |A∩B| / (|A| + |B|)
// (the Dice coefficient), precision = |A∩B| / |B|, recall = |A∩B| / |A| (the accuracy of the class). Shares from 0 to
// 1; NaN is what has no value, and no mean has it in it. Pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace seg {

struct ClassCounts {
  std::int64_t hit = 0, labelled = 0, predicted = 0;  // |A∩B|, |A|, |B|

  ClassCounts& operator+=(const ClassCounts& other);
  bool operator==(const ClassCounts&) const = default;
};

// What becomes of a quotient without a denominator, as those of a class that is nowhere. The Python trainer adds 1 to
// each (1e-6 to that of F1, which comes from precision and recall), so that it is 0.
enum class AbsentClass {
  leave_out,      // it has no value
  zero,           // it is 0
  labelled_only,  // classes without a labelled pixel have no values, even where they are predicted
  reference       // as the Python trainer has it
};
AbsentClass absent_class_of(std::string_view key);  // the config key's value

double iou_of(const ClassCounts& counts, AbsentClass absent);
double f1_of(const ClassCounts& counts, AbsentClass absent);
double precision_of(const ClassCounts& counts, AbsentClass absent);
double recall_of(const ClassCounts& counts, AbsentClass absent);

double mean_of_known(std::span<const double> values);  // of those that are not NaN; NaN of none

struct Metrics {
  std::vector<double> iou, f1, precision, recall;  // by class
  std::vector<double> share;                       // by class: labelled pixels of the class over all counted pixels
  double pixel_accuracy = 0;                       // pixels that are right over all counted pixels
  double mean_accuracy = 0;                        // mean of recall
  double miou = 0, macro_f1 = 0;                   // means over classes
  double micro_iou = 0, micro_f1 = 0;              // of the counts summed over classes
  double fw_miou = 0, fw_f1 = 0;                   // weighted by share: of the labelled classes
};

// By class. Where each pixel has one label and one prediction, as in a confusion matrix, the sums over classes of
// `labelled` and `predicted` are equal, and micro_f1 is pixel_accuracy (but for the Python trainer's 1 and 1e-6).
Metrics metrics_of(std::span<const ClassCounts> classes, AbsentClass absent);

}  // namespace seg
