// SPDX-License-Identifier: Apache-2.0
// The key `early_stop_metric` as what it says: PROTOCOL.METRIC, such as "ss.miou". Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace seg {

struct EarlyStopMetric {
  std::string protocol, name;  // both empty if the text has not this form
};
EarlyStopMetric early_stop_metric(std::string_view text);

// Of eval_protocols the first, by which the best weights are chosen.
std::string main_protocol(const std::vector<std::string>& protocols);

// All that an evaluation gives of a protocol as one number that grows as the network gets better; the last two only
// with boundary_metrics.
const std::vector<std::string>& metrics_of_protocols();
bool is_of_boundaries(std::string_view metric);

}  // namespace seg
