// SPDX-License-Identifier: Apache-2.0
#include "doctor/rate_model.h"

#include <algorithm>
#include <numeric>

namespace seg {
namespace {

constexpr std::int64_t kMostWorkers = 16;  // beside a GPU; more rarely helps
constexpr std::int64_t kMostOnCpu = 64;
constexpr double kWorthAChange = 1.01;

// Of one core for each image. Stages were taken while the step ran beside, as in the run that is predicted; a rate of
// the loader alone was not.
std::optional<double> loading_seconds(const Figures& figures) {
  const bool is_known = std::ranges::any_of(figures.stages, [](const Amount& stage) { return stage.has_value(); });
  if (is_known) return figures.loading_milliseconds() / 1000;
  if (!figures.loader_rate || *figures.loader_rate <= 0) return std::nullopt;
  const auto workers = static_cast<double>(std::max<std::int64_t>(1, figures.loader_workers.value_or(1)));
  return workers / *figures.loader_rate;
}

}  // namespace

std::optional<RunCosts> costs_of(const Figures& figures) {
  const std::optional<double> loading = loading_seconds(figures);
  if (!loading || !figures.step_rate || *figures.step_rate <= 0) return std::nullopt;
  if (!figures.threads || !figures.workers || !figures.processors || !figures.computes_on_cpu) return std::nullopt;
  if (*figures.processors < 1 || *figures.threads < 1 || *loading <= 0) return std::nullopt;
  return RunCosts{.loading = *loading,
                  .computing = 1 / *figures.step_rate,
                  .threads = *figures.threads,
                  .workers = *figures.workers,
                  .processors = *figures.processors,
                  .computes_on_cpu = *figures.computes_on_cpu};
}

double predicted_rate(const RunCosts& costs) {
  if (costs.workers == 0) return 1 / (costs.loading + costs.computing);
  const auto workers = static_cast<double>(costs.workers), threads = static_cast<double>(costs.threads);
  const auto processors = static_cast<double>(costs.processors);
  double seconds = std::max(costs.loading / workers, costs.computing);
  const double core_seconds = costs.loading + (costs.computes_on_cpu ? threads * costs.computing : 0);
  seconds = std::max(seconds, core_seconds / processors);
  return 1 / seconds;
}

double predicted_wait(const RunCosts& costs) { return 1 - costs.computing * predicted_rate(costs); }

RunCosts with_threads(RunCosts costs, std::int64_t threads) {
  costs.computing *= static_cast<double>(costs.threads) / static_cast<double>(threads);
  costs.threads = threads;
  return costs;
}

RunCosts best_division(const RunCosts& costs) {
  RunCosts best = costs;
  const std::int64_t most = std::min(costs.computes_on_cpu ? costs.processors - 1 : costs.processors,
                                     costs.computes_on_cpu ? kMostOnCpu : kMostWorkers);
  for (std::int64_t workers = 0; workers <= most; ++workers) {
    RunCosts other = costs.computes_on_cpu ? with_threads(costs, costs.processors - workers) : costs;
    other.workers = workers;
    if (predicted_rate(other) > kWorthAChange * predicted_rate(best)) best = other;
  }
  return best;
}

RunCosts with_less_loading(RunCosts costs, double milliseconds) {
  costs.loading = std::max(0.0, costs.loading - milliseconds / 1000);
  return costs;
}

double gain(const RunCosts& now, const RunCosts& then) { return predicted_rate(then) / predicted_rate(now); }

std::optional<double> gain_of_less_loading(const Figures& figures, double milliseconds) {
  const auto costs = costs_of(figures);
  if (!costs) return std::nullopt;
  const double expected = gain(*costs, with_less_loading(*costs, milliseconds));
  return expected < kWorthAWord ? std::nullopt : std::optional(expected);
}

double gain_of_part(double share, double times_as_fast) { return 1 / (1 - share + share / times_as_fast); }

}  // namespace seg
