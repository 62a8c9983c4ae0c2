// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/text.h"
#include "doctor/rate_model.h"
#include "doctor/rules.h"

namespace seg {
namespace {

constexpr double kUnevenness = 1.1;  // a loader that is so much faster alone waits for nothing but bad luck
constexpr std::int64_t kDeepPrefetch = 4;
constexpr std::int64_t kManyWorkers = 16;

Amount wait_share(const Figures& f) {
  if (const Amount wait = f.phase(Phase::data_wait)) return wait;
  const auto costs = costs_of(f);
  return costs ? Amount(predicted_wait(*costs)) : std::nullopt;
}

bool waits(const Figures& f) { return wait_share(f).value_or(0) > kWaitThatMatters; }

std::string rates_text(const Figures& f) {
  std::string text;
  if (const Amount wait = wait_share(f)) text = "the step waits for data " + percent(*wait, 0) + " % of the time";
  if (f.loader_rate && f.loader_workers)
    text += fmt::format("; the loader alone gives {} images/s with {}", fixed(*f.loader_rate, 1),
                        *f.loader_workers == 0 ? "the training thread" : fmt::format("{} workers", *f.loader_workers));
  if (f.step_rate) text += ", the step alone takes " + fixed(*f.step_rate, 1);
  return text;
}

Change change_to(const RunCosts& costs) {
  Change change = {{"num_workers", std::to_string(costs.workers)}};
  if (costs.computes_on_cpu) change["threads"] = std::to_string(costs.threads);
  return change;
}

std::string division_text(const RunCosts& costs) {
  std::string text =
      costs.workers == 0 ? "no workers" : fmt::format("{} worker{}", costs.workers, costs.workers == 1 ? "" : "s");
  if (costs.computes_on_cpu)
    text += fmt::format(" and {} compute thread{}", costs.threads, costs.threads == 1 ? "" : "s");
  return text;
}

std::optional<Finding> more_workers(const Figures& f) {
  const auto costs = costs_of(f);
  if (!costs || !waits(f)) return std::nullopt;
  const RunCosts best = best_division(*costs);
  if (best.workers <= costs->workers || gain(*costs, best) < kWorthAWord) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = rates_text(f) +
                             fmt::format("; {} of {}", division_text(*costs), counted(costs->processors, "processor")),
                 .advice = "let " + division_text(best) + " share the processors",
                 .change = change_to(best),
                 .expected_speedup = gain(*costs, best)};
}

std::optional<Finding> fewer_workers(const Figures& f) {
  const auto costs = costs_of(f);
  if (!costs || !costs->computes_on_cpu) return std::nullopt;
  const RunCosts best = best_division(*costs);
  if (best.workers >= costs->workers || gain(*costs, best) < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("{}, but an image takes {} ms to load and {} to train on", division_text(*costs),
                              fixed(1000 * costs->loading, 1), fixed(1000 * costs->computing, 1)),
      .advice = "let the processors that the loader hardly uses compute: " + division_text(best),
      .change = change_to(best),
      .expected_speedup = gain(*costs, best)};
}

std::optional<Finding> idle_processors(const Figures& f) {
  const auto costs = costs_of(f);
  if (!costs || !costs->computes_on_cpu || costs->threads + costs->workers >= costs->processors) return std::nullopt;
  const RunCosts best = best_division(*costs);
  if (best.workers != costs->workers || gain(*costs, best) < kWorthAWord) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fmt::format("{} on {}", division_text(*costs), counted(costs->processors, "processor")),
                 .advice = "let all of them compute: " + division_text(best),
                 .change = change_to(best),
                 .expected_speedup = gain(*costs, best)};
}

std::optional<Finding> deeper_prefetch(const Figures& f) {
  const auto costs = costs_of(f);
  if (!waits(f) || !costs || costs->workers == 0) return std::nullopt;
  // Alone it may have more workers, or meet samples that it has seen before.
  const double beside = static_cast<double>(costs->workers) / costs->loading;
  const double rate = std::min(beside, f.loader_rate.value_or(beside));
  if (rate < kUnevenness / costs->computing || f.prefetch_steps.value_or(kDeepPrefetch) >= kDeepPrefetch)
    return std::nullopt;
  const double expected = gain_of_part(*wait_share(f), 2);  // half of the waits, which come singly
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = rates_text(f) + ": the loader is fast enough, but not evenly",
      .advice = fmt::format("prepare {} steps ahead, for samples that take longer than others", kDeepPrefetch),
      .change = {{"prefetch_factor", std::to_string(kDeepPrefetch)}},
      .expected_speedup = expected};
}

std::optional<Finding> slow_augmentation(const Figures& f) {
  const double resample = f.stage(LoaderStage::resample).value_or(0), jitter = f.stage(LoaderStage::jitter).value_or(0);
  if (std::max(resample, jitter) < kLargeStage * f.loading_milliseconds() || !waits(f)) return std::nullopt;
  const bool is_jitter = jitter > resample;
  const auto expected = gain_of_less_loading(f, std::max(resample, jitter));
  if (!expected) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence =
          rates_text(f) + fmt::format("; {} takes {} of {} ms an image", is_jitter ? "changing colours" : "resampling",
                                      fixed(std::max(resample, jitter), 1), fixed(f.loading_milliseconds(), 1)),
      .advice = is_jitter ? "do without color_jitter, gamma, blur or noise if the data do not need them"
                          : "images stored near the scale of the crops are resampled faster",
      .expected_speedup = expected};
}

std::optional<Finding> workers_do_not_fit(const Figures& f) {
  const bool has_workers = f.asked_workers && f.workers && *f.asked_workers > *f.workers;
  const bool has_threads = f.asked_threads && f.threads && *f.asked_threads > *f.threads;
  if (!has_workers && !has_threads) return std::nullopt;
  std::vector<std::string> asked, are;
  Change change;
  if (has_workers) {
    asked.push_back(std::to_string(*f.asked_workers) + " workers");
    are.push_back(std::to_string(*f.workers));
    change["num_workers"] = "auto";
  }
  if (has_threads) {
    asked.push_back(std::to_string(*f.asked_threads) + " compute threads");
    are.push_back(std::to_string(*f.threads));
    change["threads"] = "auto";
  }
  std::string evidence = fmt::format("{} are asked for, {} may be used", joined(asked, " and "),
                                     counted(f.processors.value_or(0), "processor"));
  if (f.processor_quota) evidence += fmt::format(" (the control group allows {})", fixed(*f.processor_quota, 1));
  return Finding{.rule = {},
                 .evidence = evidence + ": there are " + joined(are, " and "),
                 .advice = "leave the number to the program, or give the process more processors",
                 .change = std::move(change)};
}

std::optional<Finding> many_workers(const Figures& f) {
  if (f.workers.value_or(0) <= kManyWorkers || waits(f)) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fmt::format("{} workers, and the step does not wait for data", *f.workers),
                 .advice = "16 workers are seldom too few; each holds images in memory",
                 .change = {{"num_workers", std::to_string(kManyWorkers)}}};
}

constexpr auto kRules = std::to_array<Rule>(
    {{"more_workers", "the step waits for data, and another division of the processors gives more", more_workers},
     {"fewer_workers", "workers idle on processors that could compute", fewer_workers},
     {"idle_processors", "threads and workers are fewer than the processors", idle_processors},
     {"deeper_prefetch", "the loader is fast enough on average, and the step waits all the same", deeper_prefetch},
     {"slow_augmentation", "the step waits for crops to be resampled or coloured", slow_augmentation},
     {"workers_do_not_fit", "more workers or compute threads are asked for than there are processors",
      workers_do_not_fit},
     {"many_workers", "more than 16 workers, and the step does not wait", many_workers}});

}  // namespace

std::span<const Rule> loading_rules() { return kRules; }

}  // namespace seg
