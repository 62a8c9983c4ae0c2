// SPDX-License-Identifier: Apache-2.0
#include "doctor/run_record.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "config/early_stop_metric.h"
#include "telemetry/metrics_reader.h"

namespace seg {
namespace {

constexpr double kMost = 1e15;  // nothing that a run tells is more: no count of bytes, no rate

Amount number(const MetricsJson& record, std::string_view name) {
  const double value = number_of(record, name);
  return std::abs(value) <= kMost ? Amount(value) : std::nullopt;
}

class Reader {
 public:
  explicit Reader(std::string_view main_protocol) : main_protocol_(main_protocol) {}

  void read(std::string_view text) {
    const std::optional<MetricsLine> line = reader_.read(text);
    if (!line) return;
    if (line->event == "step") read_step(*line);
    if (line->event == "eval") read_evaluation(line->json);
  }

  Figures figures() const {
    Figures figures;
    (void)add_rates(phases_, images_, figures);
    figures.evaluation_seconds = evaluation_seconds_;
    if (best_) figures.evaluations_without_progress = without_progress_;
    if (skipped_steps_ && last_step_ > 0) figures.skipped_steps_share = *skipped_steps_ / last_step_;
    if (gpu_samples_ > 0) figures.gpu_utilisation = gpu_utilisation_ / gpu_samples_;
    figures.gpu_memory_share = gpu_memory_share_;
    if (peak_bytes_ > 0) figures.memory_peak_bytes = static_cast<std::int64_t>(peak_bytes_);
    return figures;
  }

 private:
  void read_step(const MetricsLine& line) {
    const Amount rate = number(line.json, "images_per_second");
    last_step_ = number(line.json, "step").value_or(last_step_);
    if (const Amount skipped = number(line.json, "skipped_steps")) skipped_steps_ = skipped;
    peak_bytes_ = std::max(peak_bytes_, number(member_of(line.json, "memory"), "peak_resident_bytes").value_or(0));
    if (line.seconds <= 0 || !rate) return;
    const PhaseSeconds stretch = line.stretch();
    for (std::size_t i = 0; i < kNumPhases; ++i) phases_.seconds[i] += stretch.seconds[i];
    images_ += *rate * (stretch.total() - stretch[Phase::evaluation] - stretch[Phase::checkpoint]);
    const MetricsJson& gpu = member_of(line.json, "gpu");
    if (const Amount utilisation = number(gpu, "utilisation")) {
      gpu_utilisation_ += *utilisation;
      ++gpu_samples_;
    }
    const Amount used = number(gpu, "used_bytes"), total = number(gpu, "total_bytes");
    if (used && total && *total > 0) gpu_memory_share_ = *used / *total;
  }

  void read_evaluation(const MetricsJson& record) {
    if (const Amount seconds = number(record, "seconds")) evaluation_seconds_ = seconds;
    const Amount value = number(member_of(member_of(record, "protocols"), main_protocol_), "miou");
    if (!value) return;
    ++without_progress_;
    if (best_ && *value <= *best_) return;
    best_ = value;
    without_progress_ = 0;
  }

  const std::string main_protocol_;
  MetricsReader reader_;
  PhaseSeconds phases_;
  double images_ = 0, last_step_ = 0, peak_bytes_ = 0;
  double gpu_utilisation_ = 0, gpu_samples_ = 0;  // the sum of what was told, and how often
  Amount evaluation_seconds_, skipped_steps_, best_, gpu_memory_share_;
  std::int64_t without_progress_ = 0;
};

}  // namespace

Figures figures_of_config(const Config& config) {
  Figures figures;
  if (config.run.device != "auto") figures.computes_on_cpu = config.run.device == "cpu";
  figures.threads = config.run.threads;
  figures.workers = config.loader.num_workers;
  figures.micro_batches = figures.asked_micro_batches = config.step.gradient_accumulation_steps;
  figures.images_of_micro_batch = config.loader.ims_per_gpu;
  figures.prefetch_steps = config.loader.prefetch_factor;
  if (config.loader.cache != "auto") figures.cache = config.loader.cache;
  if (config.precision.precision != "auto") figures.precision = config.precision.precision;
  figures.distance_map = config.boundaries.distance_map;
  figures.deterministic = config.run.deterministic || config.step.cudnn_deterministic;
  figures.crop_pixels = config.augmentation.cropsize.height * config.augmentation.cropsize.width;
  figures.steps = config.run.max_iter;
  figures.eval_interval = config.evaluation.eval_interval;
  figures.eval_protocols = static_cast<std::int64_t>(config.evaluation.eval_protocols.size());
  figures.main_protocol = main_protocol(config.evaluation.eval_protocols);
  figures.early_stop_patience = config.evaluation.early_stop_patience;
  figures.early_stop_metric = config.evaluation.early_stop_metric;
  figures.checkpoint_interval = config.keeping.checkpoint_interval;
  return figures;
}

std::vector<Finding> findings_of_record(std::string_view metrics) {
  std::vector<Finding> findings;
  MetricsReader reader;
  for_each_line(metrics, [&](std::string_view text) {
    const std::optional<MetricsLine> line = reader.read(text);
    if (!line) return;
    if (line->begins_part()) findings.clear();
    const MetricsJson& all = member_of(line->json, "findings");
    if (line->event == "end" && all.is_array()) {
      findings.clear();
      for (const MetricsJson& finding : all) findings.push_back(finding_from(nlohmann::json(finding)));
      std::erase_if(findings, [](const Finding& finding) { return finding.rule.empty(); });
    }
    if (line->event != "finding") return;
    Finding finding = finding_from(nlohmann::json(line->json));
    std::erase_if(findings, [&](const Finding& other) { return other.rule == finding.rule; });
    if (member_of(line->json, "state") != "gone") findings.push_back(std::move(finding));
  });
  return findings;
}

Figures figures_of_record(std::string_view metrics, std::string_view main_protocol) {
  Reader reader(main_protocol);
  for_each_line(metrics, [&](std::string_view line) { reader.read(line); });
  return reader.figures();
}

}  // namespace seg
