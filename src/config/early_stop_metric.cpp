// SPDX-License-Identifier: Apache-2.0
#include "config/early_stop_metric.h"

namespace seg {

EarlyStopMetric early_stop_metric(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {};
  return {std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

std::string main_protocol(const std::vector<std::string>& protocols) {
  return protocols.empty() ? "ss" : protocols.front();
}

const std::vector<std::string>& metrics_of_protocols() {
  static const std::vector<std::string> names = {"miou",     "micro_iou", "fw_miou", "pixel_accuracy", "mean_accuracy",
                                                 "macro_f1", "micro_f1",  "fw_f1",   "boundary_iou",   "boundary_f1"};
  return names;
}

bool is_of_boundaries(std::string_view metric) { return metric.starts_with("boundary_"); }

}  // namespace seg
