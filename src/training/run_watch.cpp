// SPDX-License-Identifier: Apache-2.0
#include "training/run_watch.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "base/clock.h"
#include "base/counted.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/version.h"

namespace seg {
namespace {

constexpr std::int64_t kStepsBeforeTrace = 3;  // in which memory is taken and plans are made
constexpr double kLeastSeconds = 0.05;         // of a stretch whose phases are checked: less is the clock's own noise

Gauge::Labels labels_of(const RunWatch::Parts& parts) {
  return {{"run", parts.run},
          {"model", parts.config.model.model_type},
          {"device", parts.settings.device.name},
          {"precision", parts.settings.precision.name}};
}

}  // namespace

double phase_error(const PhaseSeconds& phases, double seconds) noexcept {
  return seconds > 0 ? std::abs(phases.total() - seconds) / seconds : 0;
}

RunWatch::RunWatch(const Parts& parts, std::int64_t first_step)
    : config_(parts.config),
      folder_(parts.folder),
      log_(parts.log),
      console_(parts.console),
      last_step_(parts.settings.last_step),
      samples_per_step_(parts.settings.samples_per_step) {
  const WatchingConfig& keys = config_.watching;
  if (keys.advise) advice_.emplace(parts.known, first_step);
  if (keys.prometheus_file) gauges_.emplace(*keys.prometheus_file, labels_of(parts), console_);
  if (keys.trace_steps < 1 || first_step >= last_step_) return;
  const bool has_time = last_step_ - first_step >= keys.trace_steps + kStepsBeforeTrace;
  const std::int64_t first = first_step + 1 + (has_time ? kStepsBeforeTrace : 0);
  last_traced_ = std::min(last_step_, first + keys.trace_steps - 1);
  trace_ = std::make_unique<TraceRecorder>(first);
}

void RunWatch::begin(PhaseTimer& timer) {
  timer_ = &timer;
  begin_ = seconds_now();
  begin_phases_ = timer.snapshot();
  timer.set_listener(trace_.get());
}

void RunWatch::begin_step(std::int64_t step) noexcept {
  if (trace_) trace_->begin_step(step);
}

void RunWatch::has_batch() noexcept {
  if (trace_) trace_->has_batch();
}

void RunWatch::end_step(std::int64_t step) {
  if (!trace_ || !trace_->is_open()) return;
  trace_->end_step();
  if (step >= last_traced_) write_trace();
}

void RunWatch::line(const StepReport& report, const RunProgress& now, std::optional<double> best_miou) {
  last_report_ = report;
  best_miou_ = best_miou;
  check_phases(now.phases);
  if (advice_) {
    for (const FindingNews& news : advice_->look_at(now)) {
      const Finding& finding = news.finding;
      const std::string text =
          news.has_come ? "advice: " + text_of(finding) : "advice no longer holds: " + finding.rule;
      if (news.has_come && finding.is_dangerous)
        console_.warning(text);
      else
        console_.info(text);
      nlohmann::ordered_json members = {{"state", news.has_come ? "come" : "gone"}};
      members.update(to_json(finding));
      log_.event("finding", report.step, report.epoch, members);
    }
  }
  write_gauges(true, now.phases);
}

nlohmann::ordered_json RunWatch::end(const RunProgress& now) {
  if (timer_ != nullptr) timer_->set_listener(nullptr);
  if (trace_ && trace_->is_open()) write_trace();
  check_phases(now.phases);
  write_gauges(false, now.phases);
  nlohmann::ordered_json members = {{"seconds", seconds_now() - begin_}};
  if (!advice_) return members;
  members["findings"] = nlohmann::ordered_json::array();
  const std::vector<Finding> findings = advice_->all(now);
  for (const Finding& finding : findings) {
    members["findings"].push_back(nlohmann::ordered_json(to_json(finding)));
    console_.info("advice: " + text_of(finding));
  }
  return members;
}

// The timer sums to the wall time as long as nobody breaks it: a phase that is not closed, a clock that jumps.
void RunWatch::check_phases(const PhaseSeconds& now) {
  const double seconds = seconds_now() - begin_;
  const PhaseSeconds phases = now - begin_phases_;
  if (seconds < kLeastSeconds || phase_error(phases, seconds) <= kMostPhaseError) return;
  console_.warning_once("phases sum to " + duration_text(phases.total()) + " of " + duration_text(seconds) +
                        ": the shares that this run tells are not to be trusted; please report this");
}

void RunWatch::write_gauges(bool is_running, const PhaseSeconds& phases) {
  if (!gauges_ || last_report_.step == 0) return;
  RunFacts facts{
      .is_running = is_running, .phases = phases - begin_phases_, .last_step = last_step_, .best_miou = best_miou_};
  if (last_report_.images_per_second > 0)
    facts.seconds_of_step = static_cast<double>(samples_per_step_) / last_report_.images_per_second;
  if (advice_) facts.findings = advice_->standing();
  gauges_->write(last_report_, facts);
}

// A run does not end for its trace.
void RunWatch::write_trace() {
  trace_->close();
  const std::filesystem::path path = folder_.trace();
  try {
    write_file(path, trace_->json("segtrain " + std::string(version())));
    console_.info("a trace of " + counted(last_traced_ - trace_->first_step() + 1, "step") + " is in " + path.string() +
                  ": open it at ui.perfetto.dev or in chrome://tracing");
  } catch (const UserError& error) {
    console_.warning(error.what());
  }
  if (timer_ != nullptr) timer_->set_listener(nullptr);
}

}  // namespace seg
