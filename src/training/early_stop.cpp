// SPDX-License-Identifier: Apache-2.0
#include "training/early_stop.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/counted.h"
#include "base/text.h"
#include "config/early_stop_metric.h"
#include "evaluation/results.h"

namespace seg {

EarlyStopHistory with_evaluation(const EvaluationConfig& config, EarlyStopHistory history, std::int64_t step,
                                 double value) {
  if (history.metric != config.early_stop_metric) history = {.metric = config.early_stop_metric};
  if (step == history.last_step) return history;
  history.last_step = step;
  const bool is_progress = !std::isnan(value) && (!history.best || value > *history.best + config.early_stop_min_delta);
  if (is_progress) {
    history.best = value;
    history.best_step = step;
    history.without_progress = 0;
  } else {
    ++history.without_progress;
  }
  return history;
}

double early_stop_value(const EvaluationConfig& config, const std::vector<ProtocolResult>& results) {
  const EarlyStopMetric metric = early_stop_metric(config.early_stop_metric);
  const auto result = std::ranges::find(results, metric.protocol, &ProtocolResult::protocol);
  if (result == results.end()) return std::numeric_limits<double>::quiet_NaN();
  const nlohmann::json value = to_json({*result}).at(metric.protocol).value(metric.name, nlohmann::json());
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

bool stops_early(const EvaluationConfig& config, const EarlyStopHistory& history) {
  return config.early_stop_patience > 0 && history.metric == config.early_stop_metric &&
         history.without_progress >= config.early_stop_patience;
}

std::string early_stop_text(const EvaluationConfig& config, const EarlyStopHistory& history) {
  std::string text = config.early_stop_metric + " made no progress in " +
                     counted(history.without_progress, "evaluation") + " (early_stop_patience)";
  if (config.early_stop_min_delta > 0)
    text += ", where that is more than " + shortest(config.early_stop_min_delta) + " (early_stop_min_delta)";
  if (!history.best) return text + ": no evaluation knew it";
  return text + ": the best was " + percent(*history.best, 2) + " % at step " + std::to_string(history.best_step);
}

}  // namespace seg
