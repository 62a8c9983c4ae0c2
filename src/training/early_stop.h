// SPDX-License-Identifier: Apache-2.0
// When a run stops because its evaluations make no more progress.
//
// Pure functions of the evaluations so far, which a checkpoint keeps: a run that was killed stops where the undisturbed
// one does, as long as it evaluates at the same steps (an automatic eval_interval goes by time).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/evaluation.h"
#include "evaluation/evaluator.h"

namespace seg {

inline constexpr const char* kEarlyStop = "early_stop";  // the reason that such a run ends with

// What of the evaluations so far decides.
struct EarlyStopHistory {
  std::string metric;            // another's values are not compared with this one's
  std::optional<double> best{};  // none: no evaluation knew the metric
  std::int64_t best_step = 0;
  std::int64_t last_step = 0;         // of the last evaluation
  std::int64_t without_progress = 0;  // evaluations since the best one
};

// With one evaluation more. NaN is no progress; that of the last step once more changes nothing.
EarlyStopHistory with_evaluation(const EvaluationConfig& config, EarlyStopHistory history, std::int64_t step,
                                 double value);

// Of the metric that the config names; NaN where it is unknown.
double early_stop_value(const EvaluationConfig& config, const std::vector<ProtocolResult>& results);

bool stops_early(const EvaluationConfig& config, const EarlyStopHistory& history);

// For people, of a run that stops.
std::string early_stop_text(const EvaluationConfig& config, const EarlyStopHistory& history);

}  // namespace seg
