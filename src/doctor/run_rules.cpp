// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "doctor/rate_model.h"
#include "doctor/rules.h"

namespace seg {
namespace {

constexpr double kMuchEvaluation = 0.1, kUsualEvaluation = 0.05;  // shares of the run's time
constexpr double kMuchSaving = 0.05;
constexpr double kTight = 0.9;  // of the memory
constexpr double kManySkipped = 0.01;
constexpr double kManyDiskFaults = 10;  // a step
constexpr double kMuchSwapped = 0.02;   // of the memory that the process holds
constexpr std::int64_t kLongWithoutProgress = 10;

// Of a whole run, as its settings say.
struct EvaluationTime {
  double steps = 0, seconds_of_one = 0, seconds_of_step = 0;

  // With one every so many steps and one at the end; 0: that one alone.
  double seconds(std::int64_t interval) const {
    const double between = interval > 0 ? std::floor((steps - 1) / static_cast<double>(interval)) : 0;
    return (between + 1) * seconds_of_one;
  }
  double whole(std::int64_t interval) const { return seconds(interval) + steps * seconds_of_step; }
};

std::optional<EvaluationTime> evaluation_time(const Figures& f) {
  if (!f.evaluation_seconds || !f.eval_interval || *f.eval_interval <= 0 || !f.run_rate) return std::nullopt;
  if (!f.steps || *f.steps <= *f.eval_interval || f.samples_per_step() == 0) return std::nullopt;
  return EvaluationTime{.steps = static_cast<double>(*f.steps),
                        .seconds_of_one = *f.evaluation_seconds,
                        .seconds_of_step = static_cast<double>(f.samples_per_step()) / *f.run_rate};
}

std::optional<Finding> evaluation_share(const Figures& f) {
  const auto time = evaluation_time(f);
  if (!time) return std::nullopt;
  const double share = time->seconds(*f.eval_interval) / time->whole(*f.eval_interval);
  if (share < kMuchEvaluation) return std::nullopt;
  const double steps = time->seconds_of_one * (1 - kUsualEvaluation) / kUsualEvaluation / time->seconds_of_step;
  const std::int64_t interval = steps < time->steps ? static_cast<std::int64_t>(std::ceil(steps)) : 0;
  const double expected = time->whole(*f.eval_interval) / time->whole(interval);
  if (expected < kWorthAWord) return std::nullopt;
  if (interval == 0 && f.early_stop_patience.value_or(0) > 0) return std::nullopt;  // which counts evaluations
  std::string advice =
      interval > 0 ? "evaluate every " + std::to_string(interval) + " steps, which takes a twentieth of the time"
                   : std::string("evaluate at the end only: an evaluation takes as long as many steps of this run");
  if (f.eval_protocols.value_or(1) > 1) advice += "; or by fewer protocols or at fewer scales";
  return Finding{
      .rule = {},
      .evidence = fmt::format("an evaluation takes {}, and there is one every {} steps of {}: {} % of the time",
                              duration_text(time->seconds_of_one), *f.eval_interval,
                              duration_text(time->seconds_of_step), percent(share, 0)),
      .advice = std::move(advice),
      .change = {{"eval_interval", std::to_string(interval)}},
      .expected_speedup = expected};
}

std::optional<Finding> checkpoint_share(const Figures& f) {
  const Amount share = f.phase(Phase::checkpoint);
  if (!share || *share < kMuchSaving) return std::nullopt;
  Finding finding{.rule = {},
                  .evidence = "checkpoints take " + percent(*share, 0) + " % of the time",
                  .advice = "evaluate less often, each evaluation is followed by one; or keep runs on a faster disk",
                  .expected_speedup = 1 / (1 - *share)};
  if (f.checkpoint_interval) {
    finding.advice = "save every ten minutes and at each evaluation";
    finding.change = {{"checkpoint_interval", "auto"}};
  }
  return finding;
}

std::optional<Finding> no_progress(const Figures& f) {
  if (f.early_stop_patience.value_or(1) > 0 || f.evaluations_without_progress.value_or(0) < kLongWithoutProgress)
    return std::nullopt;
  Finding finding{.rule = {},
                  .evidence = fmt::format("{} evaluations were no better than the best before them",
                                          *f.evaluations_without_progress),
                  .advice = "stop when the metric no longer moves",
                  .change = {{"early_stop_patience", std::to_string(kLongWithoutProgress)}}};
  if (const std::string judged = f.main_protocol.value_or("ss") + ".miou";
      f.early_stop_metric.value_or(judged) != judged)
    finding.change["early_stop_metric"] = judged;
  return finding;
}

std::optional<Finding> memory_tight(const Figures& f) {
  if (!f.memory_forecast_bytes || !f.usable_memory_bytes) return std::nullopt;
  const bool is_split = f.micro_batches && f.asked_micro_batches && *f.micro_batches > *f.asked_micro_batches;
  const double share = static_cast<double>(*f.memory_forecast_bytes) / static_cast<double>(*f.usable_memory_bytes);
  if (share < kTight && !is_split) return std::nullopt;
  Finding finding{.rule = {},
                  .evidence = fmt::format("training takes about {} of the {} that it may take",
                                          bytes_text(*f.memory_forecast_bytes), bytes_text(*f.usable_memory_bytes)),
                  .advice = "a smaller cropsize, or more memory",
                  .is_dangerous = true};
  if (is_split)
    finding.evidence +=
        fmt::format("; the batch is made in {} parts instead of {}", *f.micro_batches, *f.asked_micro_batches);
  const std::int64_t images = f.images_of_micro_batch.value_or(1);
  if (images < 2 || images % 2 != 0 || !f.micro_batches) return finding;
  finding.advice =
      "the same effective batch in smaller micro-batches: batch normalisation and OHEM then see fewer images";
  finding.change = {{"ims_per_gpu", std::to_string(images / 2)},
                    {"gradient_accumulation_steps", std::to_string(2 * *f.micro_batches)}};
  return finding;
}

std::optional<Finding> swapping(const Figures& f) {
  const double held = static_cast<double>(f.memory_peak_bytes.value_or(0));
  const bool is_swapped = f.swapped_bytes && held > 0 && static_cast<double>(*f.swapped_bytes) > kMuchSwapped * held;
  const bool waits_for_disk = f.disk_faults_per_step.value_or(0) > kManyDiskFaults;
  if (!is_swapped && !waits_for_disk) return std::nullopt;
  std::string evidence;
  if (is_swapped) evidence = bytes_text(*f.swapped_bytes) + " of this process lie in swap";
  if (waits_for_disk)
    evidence +=
        (evidence.empty() ? "" : "; ") + fixed(*f.disk_faults_per_step, 0) + " pages a step are fetched from a disk";
  Finding finding{.rule = {},
                  .evidence = std::move(evidence),
                  .advice = "take less memory: fewer images or a smaller crop, or end other programs",
                  .is_dangerous = true};
  if (f.cache.value_or("") == "ram") {
    finding.advice = "leave memory to training: decoded images then come from their files";
    finding.change = {{"cache", "off"}};
  }
  return finding;
}

std::optional<Finding> fp16_overflows(const Figures& f) {
  if (f.precision.value_or("") != "fp16" || f.skipped_steps_share.value_or(0) < kManySkipped) return std::nullopt;
  const bool has_bf16 = f.half_precision.value_or("") == "bf16";
  return Finding{
      .rule = {},
      .evidence = percent(*f.skipped_steps_share, 1) + " % of the steps were skipped: gradients overflow fp16",
      .advice = has_bf16 ? "compute in bf16, whose range is that of fp32" : "a lower lr_start, or fp32",
      .change = {{"precision", has_bf16 ? "bf16" : "fp32"}},
      .expected_speedup = 1 / (1 - *f.skipped_steps_share)};
}

constexpr auto kRules = std::to_array<Rule>(
    {{"evaluation_share", "evaluations take more than a tenth of the time", evaluation_share},
     {"checkpoint_share", "checkpoints take more than a twentieth of the time", checkpoint_share},
     {"no_progress", "ten evaluations without a new best, and early stopping is off", no_progress},
     {"memory_tight", "training is forecast to take nine tenths of the memory, or its batch had to be split",
      memory_tight},
     {"swapping", "the process lies partly in swap, or waits for pages from a disk", swapping},
     {"fp16_overflows", "a hundredth of the steps or more overflow fp16", fp16_overflows}});

}  // namespace

std::span<const Rule> run_rules() { return kRules; }

}  // namespace seg
