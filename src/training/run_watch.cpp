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
#include "training/out_of_memory.h"

namespace seg {
namespace {

constexpr std::int64_t kStepsBeforeTrace = 3;  // in which memory is taken and plans are made
constexpr double kShareOfError = 0.02;         // of the wall time
constexpr double kSecondsOfError = 0.05;       // a thread that loses its processor between two readings loses no more

Gauge::Labels labels_of(const RunWatch::Parts& parts) {
  return {{"run", parts.run},
          {"model", parts.config.model.model_type},
          {"device", parts.settings.device.name},
          {"precision", parts.settings.precision.name}};
}

}  // namespace

bool is_phase_error(const PhaseSeconds& phases, double seconds) noexcept {
  return std::abs(phases.total() - seconds) > std::max(kSecondsOfError, kShareOfError * seconds);
}

RunWatch::RunWatch(const Parts& parts, std::int64_t first_step)
    : config_(parts.config),
      folder_(parts.folder),
      log_(parts.log),
      console_(parts.console),
      last_step_(parts.settings.last_step),
      samples_per_step_(parts.settings.samples_per_step) {
  const WatchingConfig& keys = config_.watching;
  if (keys.advise) advice_.emplace(parts.known, first_step, parts.tried);
  if (keys.prometheus_file) gauges_.emplace(*keys.prometheus_file, labels_of(parts), console_);
  if (keys.trace_steps < 1 || first_step >= last_step_) return;
  const bool has_time = last_step_ - first_step - kStepsBeforeTrace >= keys.trace_steps;
  const std::int64_t first = first_step + 1 + (has_time ? kStepsBeforeTrace : 0);
  last_traced_ = first + std::min(last_step_ - first + 1, keys.trace_steps) - 1;
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
  if (step >= trace_->first_step()) ++num_traced_;
  if (step >= last_traced_) end_trace();
}

void RunWatch::line(const StepReport& report, const RunProgress& now, std::optional<double> best_miou) {
  last_report_ = report;
  best_miou_ = best_miou;
  check_phases(now);
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
  check_phases(now);
  end_trace();
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

void RunWatch::leave(const PhaseSeconds& phases) {
  end_trace();
  write_gauges(false, phases);
}

// The timer sums to the wall time as long as nobody breaks it: a phase that is not closed, a clock that jumps.
void RunWatch::check_phases(const RunProgress& now) {
  const double seconds = now.time - begin_;
  const PhaseSeconds phases = now.phases - begin_phases_;
  if (!is_phase_error(phases, seconds) || std::exchange(has_told_of_phases_, true)) return;
  console_.warning("phases sum to " + duration_text(phases.total()) + " of " + duration_text(seconds) +
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

// A run does not end for its trace, and one that ends for another reason tells that one.
void RunWatch::end_trace() {
  if (!trace_ || !trace_->is_open()) return;
  trace_->close();
  if (timer_ != nullptr) timer_->set_listener(nullptr);
  const std::filesystem::path path = folder_.trace();
  if (num_traced_ == 0)
    return console_.info("there is no trace: it would have begun with step " + std::to_string(trace_->first_step()));
  try {
    write_file(path, trace_->json("segtrain " + std::string(version())));
    console_.info("a trace of " + counted(num_traced_, "step") + " is in " + path.string() +
                  ": open it at ui.perfetto.dev or in chrome://tracing");
  } catch (const std::exception& error) {
    console_.warning(text_without_backtrace(error));
  }
}

}  // namespace seg
