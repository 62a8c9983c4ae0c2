// SPDX-License-Identifier: Apache-2.0
#include "training/run_log.h"

#include <algorithm>
#include <numeric>

#include "base/clock.h"
#include "base/counted.h"
#include "base/machine.h"
#include "base/text.h"

namespace seg {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int kBarWidth = 24;
constexpr double kSecondsBetweenDrawings = 0.2;

std::string losses_text(const StepReport& report) {
  std::string text = "loss " + fixed(report.total_loss, 4);
  if (report.losses.size() < 2) return text;
  std::vector<std::string> parts;
  for (const auto& [name, value] : report.losses) parts.push_back(name + " " + fixed(value, 3));
  return text + " (" + joined(parts, ", ") + ")";
}

// Behind the last step there is nothing to wait for.
std::string eta_text(std::int64_t step, std::int64_t last_step, double seconds_left) {
  return step < last_step ? "  eta " + duration_text(seconds_left) : std::string();
}

std::string scaling_text(const StepReport& report) {
  if (!report.loss_scaling) return "";
  return "  scale " + shortest(report.loss_scaling->scale) + ", " +
         counted(report.loss_scaling->skipped_steps, "step") + " skipped";
}

Json memory_record(const StepReport& report) {
  Json record = {{"resident_bytes", resident_bytes()}, {"peak_resident_bytes", peak_resident_bytes()}};
  if (const auto& gpu = report.gpu_memory) {
    record["gpu_bytes"] = gpu->in_use;
    record["peak_gpu_bytes"] = gpu->peak_in_use;
    record["held_gpu_bytes"] = gpu->held;
  }
  return record;
}

template <class T>
Json known(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json loader_record(const LoaderReport& loader) {
  return {{"ready_steps", known(loader.ready_steps)}, {"busy", loader.busy}};
}

Json gpu_record(const GpuFigures& gpu) {
  return {{"utilisation", known(gpu.utilisation)},
          {"used_bytes", known(gpu.used_bytes)},
          {"total_bytes", known(gpu.total_bytes)},
          {"megahertz", known(gpu.megahertz)},
          {"memory_megahertz", known(gpu.memory_megahertz)},
          {"watts", known(gpu.watts)},
          {"most_watts", known(gpu.most_watts)},
          {"celsius", known(gpu.celsius)},
          {"throttled_by", known(gpu.throttled_by)}};
}

double step_share(const PhaseSeconds& phases) {
  return phases.share(Phase::transfer) + phases.share(Phase::forward) + phases.share(Phase::loss) +
         phases.share(Phase::backward) + phases.share(Phase::optimizer);
}

}  // namespace

Json to_json(const PhaseSeconds& phases) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kNumPhases; ++i) json[std::string(kPhaseNames[i])] = phases.share(static_cast<Phase>(i));
  return json;
}

LoaderReport loader_report(const LoaderStatistics& before, const LoaderStatistics& after, double seconds) {
  LoaderReport report;
  const std::int64_t asked = after.asked_steps - before.asked_steps;
  if (asked > 0)
    report.ready_steps = static_cast<double>(after.ready_steps - before.ready_steps) / static_cast<double>(asked);
  for (std::size_t i = 0; seconds > 0 && i < after.worker_seconds.size(); ++i) {
    const double earlier = i < before.worker_seconds.size() ? before.worker_seconds[i] : 0;
    report.busy.push_back(std::clamp((after.worker_seconds[i] - earlier) / seconds, 0.0, 1.0));
  }
  return report;
}

double shown_rate(const StepReport& report) {
  if (!report.shows_mean_rate || report.group_rates.empty()) return report.rate;
  return std::accumulate(report.group_rates.begin(), report.group_rates.end(), 0.0) /
         static_cast<double>(report.group_rates.size());
}

RunLog::RunLog(const RunFolder& folder, std::string run, std::int64_t last_step, Console& console, ProgressStyle style)
    : metrics_path_(folder.metrics_file()),
      run_(std::move(run)),
      last_step_(last_step),
      console_(console),
      style_(style) {}

void RunLog::event(const std::string& name, std::int64_t step, double epoch, const OrderedJson& members) {
  OrderedJson line = {{"event", name}, {"time", unix_time_now()}, {"run", run_}, {"step", step}, {"epoch", epoch}};
  line.update(members);
  if (!metrics_) metrics_.emplace(metrics_path_);
  metrics_->append(line);
}

void RunLog::step(const StepReport& report) {
  OrderedJson losses = OrderedJson::object();
  for (const auto& [name, value] : report.losses) losses[name] = value;
  OrderedJson members = {{"loss", report.total_loss},
                         {"losses", losses},
                         {"lr", report.rate},
                         {"lr_groups", report.group_rates},
                         {"gradient_norm", report.gradient_norm},
                         {"images_per_second", report.images_per_second},
                         {"phases", to_json(report.phases)},
                         {"memory", memory_record(report)},
                         {"loader", loader_record(report.loader)},
                         {"skipped", report.skipped}};
  if (report.gpu_step_seconds) members["gpu_step_seconds"] = *report.gpu_step_seconds;
  if (report.gpu) members["gpu"] = gpu_record(*report.gpu);
  if (report.loss_scaling) {
    members["loss_scale"] = report.loss_scaling->scale;
    members["skipped_steps"] = report.loss_scaling->skipped_steps;
  }
  event("step", report.step, report.epoch, members);
  last_losses_ = "loss " + fixed(report.total_loss, 4);
  if (style_ == ProgressStyle::off) return;
  const double listed_rate = shown_rate(report);
  console_.info("step " + std::to_string(report.step) + "/" + std::to_string(last_step_) + "  " + losses_text(report) +
                "  lr " + shortest(std::stod(fixed(listed_rate, 7))) + "  " + fixed(report.images_per_second, 1) +
                " img/s  wait " + percent(report.phases.share(Phase::data_wait), 0) + " %  step " +
                percent(step_share(report.phases), 0) + " %" + scaling_text(report) +
                eta_text(report.step, last_step_, report.seconds_left));
}

void RunLog::progress(std::int64_t step, double images_per_second, double seconds_left) {
  if (style_ != ProgressStyle::bar || !console_.shows_progress()) return;
  const double now = seconds_now();
  if (now - last_drawn_ < kSecondsBetweenDrawings && step < last_step_) return;
  last_drawn_ = now;
  const double share = static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(last_step_, 1));
  console_.progress(progress_bar(share, kBarWidth) + " " + std::to_string(step) + "/" + std::to_string(last_step_) +
                    "  " + fixed(images_per_second, 1) + " img/s" + eta_text(step, last_step_, seconds_left) + "  " +
                    last_losses_);
}

void RunLog::activity(const std::string& text) {
  if (style_ == ProgressStyle::bar) console_.progress(text);
}

}  // namespace seg
