// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/counted.h"
#include "base/text.h"
#include "doctor/micro_batch.h"
#include "doctor/rate_model.h"
#include "doctor/rules.h"

namespace seg {
namespace {

constexpr double kWaitForProcessors = 0.1;
constexpr double kIdleGpu = 0.8;   // utilisation below it
constexpr double kMuchRoom = 0.5;  // of its memory is used at most

// Of the whole run, if only the step's rate becomes another.
std::optional<double> gain_of_step(const Figures& f, const Amount& step_rate) {
  if (!step_rate || !f.step_rate) return std::nullopt;
  const auto costs = costs_of(f);
  if (!costs) return *step_rate / *f.step_rate;
  RunCosts then = *costs;
  then.computing = 1 / *step_rate;
  return gain(*costs, then);
}

bool is_gain(const std::optional<double>& expected) { return expected && *expected >= kWorthAWord; }

std::optional<Finding> half_precision(const Figures& f) {
  const std::string half = f.half_precision.value_or("none");
  if (f.precision.value_or("") != "fp32" || half == "none") return std::nullopt;
  const auto expected = gain_of_step(f, f.half_step_rate);
  if (f.half_step_rate && !is_gain(expected)) return std::nullopt;
  std::string evidence = "fp32, though the device computes " + half + " natively";
  if (f.half_step_rate)
    evidence += fmt::format(": the step alone takes {} images/s in fp32, {} in {}", fixed(*f.step_rate, 1),
                            fixed(*f.half_step_rate, 1), half);
  return Finding{.rule = {},
                 .evidence = evidence,
                 .advice = "compute in " + half + "; weights and losses stay fp32",
                 .change = {{"precision", half}},
                 .expected_speedup = expected};
}

std::optional<Finding> deterministic_kernels(const Figures& f) {
  if (!f.deterministic.value_or(false) || f.computes_on_cpu.value_or(true)) return std::nullopt;
  const auto expected = gain_of_step(f, f.free_kernels_step_rate);
  if (f.free_kernels_step_rate && !is_gain(expected)) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = f.free_kernels_step_rate
                                 ? fmt::format("deterministic kernels take {} images/s, free ones {}",
                                               fixed(*f.step_rate, 1), fixed(*f.free_kernels_step_rate, 1))
                                 : std::string("deterministic kernels on a GPU"),
                 .advice = "without them two runs differ in the last bits, and steps are faster",
                 .change = {{"deterministic", "false"}, {"cudnn_deterministic", "false"}},
                 .expected_speedup = expected};
}

std::optional<Finding> small_micro_batch(const Figures& f) {
  const auto larger = larger_micro_batch(f);
  const auto expected = gain_of_step(f, f.larger_batch_step_rate);
  if (!larger || !is_gain(expected)) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("micro-batches of {} take {} images/s, those of {} take {}", *f.images_of_micro_batch,
                              fixed(*f.step_rate, 1), larger->images, fixed(*f.larger_batch_step_rate, 1)),
      .advice = larger->keeps_batch ? "make the same effective batch of fewer, larger micro-batches: batch "
                                      "normalisation and OHEM then see more images"
                                    : "a larger batch, with a learning rate that fits it",
      .change = larger->change,
      .expected_speedup = expected};
}

// The threads of a run, and how many of each there could be less.
struct OwnThreads {
  std::int64_t computing = 1, loading = 0;  // beside a GPU one thread drives it
  std::int64_t processors = 1;

  bool are_too_many() const { return computing + loading > processors; }
  bool can_be_fewer() const { return computing > 1 || loading > 0; }
};

// Compute threads make way for workers, but for one; workers that find no processor then go.
Change fitting(const OwnThreads& own) {
  const std::int64_t computing = std::clamp<std::int64_t>(own.processors - own.loading, 1, own.computing);
  Change change = {{"num_workers", std::to_string(std::min(own.loading, own.processors - computing))}};
  if (computing < own.computing) change["threads"] = std::to_string(computing);
  return change;
}

std::string fewer_text(bool are_fewer_threads, bool are_fewer_workers) {
  std::vector<std::string> parts;
  if (are_fewer_threads) parts.emplace_back("fewer compute threads");
  if (are_fewer_workers) parts.emplace_back("fewer workers");
  return joined(parts, " and ");
}

std::optional<Finding> oversubscribed(const Figures& f) {
  if (f.processors.value_or(0) < 1 || !f.threads || !f.workers) return std::nullopt;
  const bool on_cpu = f.computes_on_cpu.value_or(true);
  const OwnThreads own{.computing = on_cpu ? std::max<std::int64_t>(1, *f.threads) : 1,
                       .loading = *f.workers,
                       .processors = *f.processors};
  const double waits = std::min(f.processor_wait_share.value_or(0), 0.99);
  const bool is_own_fault = on_cpu && own.are_too_many();
  if ((waits <= kWaitForProcessors && !is_own_fault) || !own.can_be_fewer()) return std::nullopt;
  std::string evidence =
      counted(own.computing + own.loading, "thread") + " of this run on " + counted(own.processors, "processor");
  if (f.busy_elsewhere) evidence += ", of which others keep " + fixed(*f.busy_elsewhere, 1) + " busy";
  if (f.processor_wait_share) evidence += "; threads that could run waited " + percent(waits, 0) + " % of the time";
  Finding finding{.rule = {},
                  .evidence = evidence,
                  .advice = "end what runs beside, or give this run " + fewer_text(own.computing > 1, own.loading > 0),
                  .expected_speedup = f.processor_wait_share ? std::optional(1 / (1 - waits)) : std::nullopt};
  // While others keep processors busy, a step whose threads have to wait for each other waits for the slowest.
  const std::int64_t left = own.processors - std::llround(f.busy_elsewhere.value_or(0));
  // Of a quota it is not known how much of what others keep busy is in its way.
  if (!is_own_fault && on_cpu && !f.processor_quota && own.computing + own.loading > left)
    finding.change = fitting({own.computing, own.loading, std::max<std::int64_t>(1, left)});
  if (is_own_fault) {
    finding.change = fitting(own);
    const bool are_fewer_workers = finding.change.at("num_workers") != std::to_string(own.loading);
    finding.advice = fewer_text(finding.change.contains("threads"), are_fewer_workers) +
                     ", so that each thread has a processor of its own";
  }
  return finding;
}

std::optional<Finding> idle_gpu(const Figures& f) {
  if (!f.gpu_utilisation || *f.gpu_utilisation >= kIdleGpu) return std::nullopt;
  if (f.phase(Phase::data_wait).value_or(1) > kWaitThatMatters) return std::nullopt;
  const bool has_room = f.gpu_memory_share && *f.gpu_memory_share < kMuchRoom;
  const std::string larger_kernels = f.precision.value_or("") == "fp32" ? "half precision, or " : "";
  Finding finding{.rule = {},
                  .evidence = "the GPU computes " + percent(*f.gpu_utilisation, 0) +
                              " % of the time though the step does not wait for data",
                  .advice = has_room
                                ? "a larger batch: the GPU's memory has room for it, and each launch has more to do"
                                : "fewer, larger kernels: " + larger_kernels + "a larger crop in place of more images"};
  if (has_room && f.images_of_micro_batch)
    finding.change = {{"ims_per_gpu", std::to_string(2 * *f.images_of_micro_batch)}};
  return finding;
}

std::optional<Finding> reads_back(const Figures& f) {
  constexpr double kOneAStep = 1;
  if (f.computes_on_cpu.value_or(true) || f.reads_back_per_step.value_or(0) < kOneAStep) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fixed(*f.reads_back_per_step, 1) + " times a step numbers are read back from the device" +
                             (f.reads_back_by ? ": " + *f.reads_back_by : ""),
                 .advice = "a larger log_interval: each of them makes the device wait for the host",
                 .change = {{"log_interval", "100"}}};
}

constexpr auto kRules = std::to_array<Rule>(
    {{"half_precision", "fp32 where the device has a half precision of its own", half_precision},
     {"deterministic_kernels", "deterministic kernels on a GPU", deterministic_kernels},
     {"small_micro_batch", "micro-batches of fewer than 8 images, and larger ones proved faster", small_micro_batch},
     {"oversubscribed",
      "threads wait for processors, or there are more of them than processors, and there could be fewer",
      oversubscribed},
     {"idle_gpu", "the GPU computes less than 80 % of the time, and that is not the loader's fault", idle_gpu},
     {"reads_back", "numbers are read back from a GPU in every step", reads_back}});

}  // namespace

std::span<const Rule> computing_rules() { return kRules; }

}  // namespace seg
