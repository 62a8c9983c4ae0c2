// SPDX-License-Identifier: Apache-2.0
#include "metrics/class_metrics.h"

#include <cmath>
#include <limits>

namespace seg {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double quotient(std::int64_t part, std::int64_t whole, AbsentClass absent) {
  if (absent == AbsentClass::reference) return static_cast<double>(part) / static_cast<double>(whole + 1);
  if (whole > 0) return static_cast<double>(part) / static_cast<double>(whole);
  return absent == AbsentClass::zero ? 0 : kUnknown;
}

bool has_value(const ClassCounts& counts, AbsentClass absent) {
  return absent != AbsentClass::labelled_only || counts.labelled > 0;
}

double share_of(std::int64_t part, std::int64_t total) {
  return total > 0 ? static_cast<double>(part) / static_cast<double>(total) : kUnknown;
}

// Of the labelled classes only: of another one the value may be unknown, and its weight is 0.
double weighted_by_share(std::span<const double> values, std::span<const ClassCounts> classes, std::int64_t total) {
  if (total == 0) return kUnknown;
  double sum = 0;
  for (std::size_t k = 0; k < classes.size(); ++k)
    if (classes[k].labelled > 0) sum += static_cast<double>(classes[k].labelled) * values[k];
  return sum / static_cast<double>(total);
}

}  // namespace

ClassCounts& ClassCounts::operator+=(const ClassCounts& other) {
  hit += other.hit;
  labelled += other.labelled;
  predicted += other.predicted;
  return *this;
}

AbsentClass absent_class_of(std::string_view key) {
  if (key == "zero") return AbsentClass::zero;
  if (key == "labelled_only") return AbsentClass::labelled_only;
  return key == "reference" ? AbsentClass::reference : AbsentClass::leave_out;
}

double iou_of(const ClassCounts& counts, AbsentClass absent) {
  if (!has_value(counts, absent)) return kUnknown;
  return quotient(counts.hit, counts.labelled + counts.predicted - counts.hit, absent);
}

double f1_of(const ClassCounts& counts, AbsentClass absent) {
  if (!has_value(counts, absent)) return kUnknown;
  if (absent != AbsentClass::reference) return quotient(2 * counts.hit, counts.labelled + counts.predicted, absent);
  const double precision = precision_of(counts, absent), recall = recall_of(counts, absent);
  return 2 * precision * recall / (precision + recall + 1e-6);
}

double precision_of(const ClassCounts& counts, AbsentClass absent) {
  return has_value(counts, absent) ? quotient(counts.hit, counts.predicted, absent) : kUnknown;
}

double recall_of(const ClassCounts& counts, AbsentClass absent) {
  return has_value(counts, absent) ? quotient(counts.hit, counts.labelled, absent) : kUnknown;
}

double mean_of_known(std::span<const double> values) {
  double sum = 0, count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    count += 1;
  }
  return count > 0 ? sum / count : kUnknown;
}

Metrics metrics_of(std::span<const ClassCounts> classes, AbsentClass absent) {
  ClassCounts sum;
  for (const ClassCounts& counts : classes) sum += counts;
  Metrics metrics;
  for (const ClassCounts& counts : classes) {
    metrics.iou.push_back(iou_of(counts, absent));
    metrics.f1.push_back(f1_of(counts, absent));
    metrics.precision.push_back(precision_of(counts, absent));
    metrics.recall.push_back(recall_of(counts, absent));
    metrics.share.push_back(share_of(counts.labelled, sum.labelled));
  }
  metrics.pixel_accuracy = share_of(sum.hit, sum.labelled);
  metrics.mean_accuracy = mean_of_known(metrics.recall);
  metrics.miou = mean_of_known(metrics.iou);
  metrics.macro_f1 = mean_of_known(metrics.f1);
  metrics.micro_iou = iou_of(sum, absent);
  metrics.micro_f1 = f1_of(sum, absent);
  metrics.fw_miou = weighted_by_share(metrics.iou, classes, sum.labelled);
  metrics.fw_f1 = weighted_by_share(metrics.f1, classes, sum.labelled);
  return metrics;
}

}  // namespace seg
