// SPDX-License-Identifier: Apache-2.0
#include "training/run_gauges.h"

#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/machine.h"

namespace seg {
namespace {

Gauge single(std::string name, std::string help, double value, GaugeKind kind = GaugeKind::gauge) {
  return {.name = std::move(name), .help = std::move(help), .kind = kind, .samples = {{.labels = {}, .value = value}}};
}

Gauge by_phase(std::string name, std::string help, GaugeKind kind) {
  return {.name = std::move(name), .help = std::move(help), .kind = kind};
}

void add_phases(const StepReport& report, const RunFacts& facts, std::vector<Gauge>& gauges) {
  Gauge shares = by_phase("segtrain_phase_ratio", "share of the wall time since the line before", GaugeKind::gauge);
  Gauge sums = by_phase("segtrain_phase_seconds_total", "wall time of this part of the run", GaugeKind::counter);
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    const Gauge::Labels labels = {{"phase", std::string(kPhaseNames[i])}};
    shares.samples.push_back({labels, report.phases.share(static_cast<Phase>(i))});
    sums.samples.push_back({labels, facts.phases.seconds[i]});
  }
  gauges.push_back(std::move(shares));
  gauges.push_back(std::move(sums));
}

void add_memory(const StepReport& report, std::vector<Gauge>& gauges) {
  gauges.push_back(
      single("segtrain_resident_memory_bytes", "memory that the process holds", static_cast<double>(resident_bytes())));
  gauges.push_back(single("segtrain_resident_memory_peak_bytes", "memory that the process held at most",
                          static_cast<double>(peak_resident_bytes())));
  if (!report.gpu_memory) return;
  gauges.push_back(
      single("segtrain_gpu_memory_bytes", "GPU memory of tensors", static_cast<double>(report.gpu_memory->in_use)));
  gauges.push_back(single("segtrain_gpu_memory_peak_bytes", "GPU memory of tensors at most",
                          static_cast<double>(report.gpu_memory->peak_in_use)));
}

void add_gpu(const GpuFigures& gpu, std::vector<Gauge>& gauges) {
  const auto add = [&](const char* name, const char* help, const auto& value, double factor = 1) {
    if (value) gauges.push_back(single(name, help, static_cast<double>(*value) * factor));
  };
  add("segtrain_gpu_utilization_ratio", "share of the time in which a kernel runs on the GPU", gpu.utilisation);
  add("segtrain_gpu_used_bytes", "GPU memory in use, by whomever", gpu.used_bytes);
  add("segtrain_gpu_total_bytes", "GPU memory", gpu.total_bytes);
  add("segtrain_gpu_clock_hertz", "clock of the GPU's processors", gpu.megahertz, 1e6);
  add("segtrain_gpu_memory_clock_hertz", "clock of the GPU's memory", gpu.memory_megahertz, 1e6);
  add("segtrain_gpu_power_watts", "power that the GPU takes", gpu.watts);
  add("segtrain_gpu_power_limit_watts", "power that the GPU may take", gpu.most_watts);
  add("segtrain_gpu_temperature_celsius", "temperature of the GPU", gpu.celsius);
  if (!gpu.throttled_by) return;
  Gauge throttled{.name = "segtrain_gpu_throttled", .help = "1 for each reason for which the GPU is slowed down"};
  for (const std::string& reason : *gpu.throttled_by) throttled.samples.push_back({{{"reason", reason}}, 1});
  gauges.push_back(std::move(throttled));
}

}  // namespace

std::vector<Gauge> gauges_of(const StepReport& report, const RunFacts& facts) {
  std::vector<Gauge> gauges = {
      single("segtrain_running", "1 while the run goes on", facts.is_running ? 1 : 0),
      single("segtrain_last_update_timestamp_seconds", "when this was written", unix_time_now()),
      single("segtrain_step", "the last step that is done", static_cast<double>(report.step)),
      single("segtrain_steps", "steps of the whole run", static_cast<double>(facts.last_step)),
      single("segtrain_epoch", "passes over the training data", report.epoch),
      single("segtrain_loss", "the sum that is descended, mean since the line before", report.total_loss)};
  Gauge losses{.name = "segtrain_loss_term", .help = "each loss without its weight, mean since the line before"};
  for (const auto& [name, value] : report.losses) losses.samples.push_back({{{"loss", name}}, value});
  gauges.push_back(std::move(losses));
  gauges.push_back(single("segtrain_learning_rate", "the base rate of this step", report.rate));
  gauges.push_back(single("segtrain_gradient_norm",
                          "length of the gradient before it was limited, mean since the line "
                          "before",
                          report.gradient_norm));
  gauges.push_back(single("segtrain_images_per_second",
                          "trained, without evaluations and checkpoints, since the line "
                          "before",
                          report.images_per_second));
  gauges.push_back(
      single("segtrain_step_seconds", "wall time of a step, mean since the line before", facts.seconds_of_step));
  gauges.push_back(single("segtrain_left_seconds", "until the last step, as fast as so far", report.seconds_left));
  add_phases(report, facts, gauges);
  add_memory(report, gauges);
  if (report.gpu) add_gpu(*report.gpu, gauges);
  gauges.push_back(single("segtrain_bad_samples_total", "files that were skipped in this part of the run",
                          static_cast<double>(report.skipped), GaugeKind::counter));
  if (report.loss_scaling) {
    gauges.push_back(single("segtrain_skipped_steps_total", "steps whose gradients overflowed",
                            static_cast<double>(report.loss_scaling->skipped_steps), GaugeKind::counter));
    gauges.push_back(single("segtrain_loss_scale", "factor of losses in fp16", report.loss_scaling->scale));
  }
  if (facts.best_miou)
    gauges.push_back(single("segtrain_best_miou_ratio", "best mIoU of an evaluation so far", *facts.best_miou));
  Gauge findings{.name = "segtrain_finding", .help = "1 for each finding of the doctor that stands"};
  for (const Finding& finding : facts.findings) findings.samples.push_back({{{"rule", finding.rule}}, 1});
  gauges.push_back(std::move(findings));
  return gauges;
}

RunGauges::RunGauges(const std::filesystem::path& path, Gauge::Labels labels, Log& log)
    : file_(path), labels_(std::move(labels)), log_(log) {}

void RunGauges::write(const StepReport& report, const RunFacts& facts) {
  try {
    file_.write(exposition_text(gauges_of(report, facts), labels_));
  } catch (const UserError& error) {
    log_.warning_once(error.what());
  }
}

}  // namespace seg
