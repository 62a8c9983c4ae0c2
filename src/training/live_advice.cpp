// SPDX-License-Identifier: Apache-2.0
#include "training/live_advice.h"

#include <algorithm>
#include <utility>

#include "base/machine.h"
#include "doctor/rules.h"
#include "doctor/speed_pairs.h"

namespace seg {
namespace {

constexpr std::int64_t kWarmUpSteps = 3;
constexpr std::int64_t kLeastSteps = 4;  // of a stretch
constexpr double kLeastSeconds = 10;

// The first epoch fills a cache and shows nothing of later ones.
std::int64_t warm_up(const Figures& known) {
  const std::int64_t samples = known.samples_per_step();
  if (known.cache.value_or("off") == "off" || !known.images || samples == 0) return kWarmUpSteps;
  return std::max(kWarmUpSteps, *known.images / samples + 1);
}

}  // namespace

LiveAdvice::LiveAdvice(Figures known, std::int64_t first_step, std::vector<Finding> tried)
    : known_(std::move(known)),
      tried_(std::move(tried)),
      first_step_(first_step),
      warm_step_(first_step + warm_up(known_)) {}

std::vector<FindingNews> LiveAdvice::look_at(const RunProgress& now) {
  if (now.step < warm_step_) return {};
  if (now.gpu_utilisation) gpu_ = {.sum = gpu_.sum + *now.gpu_utilisation, .count = gpu_.count + 1};
  if (!begin_) {
    begin_ = last_ = mark_of(now);
    return {};
  }
  const double seconds = (now.phases - last_->progress.phases).total();
  if (now.step - last_->progress.step < kLeastSteps || seconds < kLeastSeconds) return {};
  Mark mark = mark_of(now);
  std::vector<FindingNews> news = findings_.look_at(judged(figures_between(*last_, mark)));
  last_ = std::move(mark);
  return news;
}

std::vector<Finding> LiveAdvice::all(const RunProgress& now) const {
  const Mark mark = mark_of(now);
  const Mark& begin = begin_ && now.step > begin_->progress.step ? *begin_ : mark;
  std::vector<Finding> findings = judged(figures_between(begin, mark));
  for (const Finding& other : findings_.standing())
    if (finding_of(findings, other.rule) == nullptr) findings.push_back(other);
  return findings;
}

std::vector<Finding> LiveAdvice::judged(const Figures& figures) const {
  std::vector<Finding> findings = findings_of(figures);
  std::erase_if(findings, [&](const Finding& finding) {
    const Finding* const tried = finding_of(tried_, finding.rule);
    // Whatever the values, which may follow what others take of the machine.
    return tried != nullptr && tried->is_refuted() &&
           std::ranges::equal(tried->change, finding.change, {}, &Change::value_type::first,
                              &Change::value_type::first);
  });
  return findings;
}

Figures LiveAdvice::figures_between(const Mark& before, const Mark& after) const {
  Figures figures = known_;
  const RunProgress& now = after.progress;
  const std::int64_t steps = now.step - before.progress.step, samples = known_.samples_per_step();
  figures.memory_peak_bytes = peak_resident_bytes();
  figures.swapped_bytes = after.moment.load.swapped_bytes;
  if (samples > 0) {
    figures.micro_batches = now.micro_batches;
    figures.images_of_micro_batch = samples / now.micro_batches;
    add_speed(before.moment, after.moment, steps, samples, figures);
  }
  const PhaseSeconds phases = now.phases - before.progress.phases;
  // Evaluations have threads of their own.
  if (phases[Phase::evaluation] > 0) figures.processor_wait_share.reset();
  // One alone says nothing of how often there is one.
  figures.phases[static_cast<std::size_t>(Phase::checkpoint)].reset();
  if (now.num_checkpoints > 1 && begin_)
    figures.phases[static_cast<std::size_t>(Phase::checkpoint)] =
        (now.phases - begin_->progress.phases).share(Phase::checkpoint);
  figures.evaluation_seconds = now.evaluation_seconds;
  figures.evaluations_without_progress = now.evaluations_without_progress;
  if (const std::int64_t samples_of_gpu = after.gpu.count - before.gpu.count; samples_of_gpu > 0)
    figures.gpu_utilisation = (after.gpu.sum - before.gpu.sum) / static_cast<double>(samples_of_gpu);
  figures.gpu_memory_share = now.gpu_memory_share;
  if (now.skipped_steps && before.progress.skipped_steps && steps > 0)
    figures.skipped_steps_share =
        static_cast<double>(*now.skipped_steps - *before.progress.skipped_steps) / static_cast<double>(steps);
  return figures;
}

std::string text_of(const Finding& finding) {
  std::string text = finding.evidence + ": " + finding.advice;
  if (!finding.change.empty()) text += " (" + text_of(finding.change) + ")";
  if (finding.expected_speedup) text += "; expected " + speedup_text(*finding.expected_speedup);
  return text + " [" + finding.rule + "]";
}

}  // namespace seg
