// SPDX-License-Identifier: Apache-2.0
#include "doctor/run_record.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace seg {
namespace {

using Json = nlohmann::json;

Amount number(const Json& record, std::string_view name) {
  if (!record.is_object()) return std::nullopt;
  const auto found = record.find(name);
  if (found == record.end() || !found->is_number()) return std::nullopt;
  const double value = found->get<double>();
  return std::isfinite(value) ? Amount(value) : std::nullopt;
}

const Json& member(const Json& record, std::string_view name) {
  static const Json nothing;
  if (!record.is_object()) return nothing;
  const auto found = record.find(name);
  return found == record.end() ? nothing : *found;
}

class Reader {
 public:
  explicit Reader(std::string_view main_protocol) : main_protocol_(main_protocol) {}

  void read(std::string_view line) {
    const Json record = Json::parse(line, nullptr, false);
    const Json& event = member(record, "event");
    if (event == "start" || event == "resume") last_time_ = number(record, "time");
    if (event == "step") read_step(record);
    if (event == "eval") read_evaluation(record);
  }

  Figures figures() const {
    Figures figures;
    if (training_seconds_ > 0) {
      figures.run_rate = images_ / training_seconds_;
      const double computing = training_seconds_ - phases_[Phase::data_wait];
      if (computing > 0) figures.step_rate = images_ / computing;
      for (std::size_t i = 0; i < kNumPhases; ++i) figures.phases[i] = phases_.share(static_cast<Phase>(i));
    }
    figures.evaluation_seconds = evaluation_seconds_;
    if (best_) figures.evaluations_without_progress = without_progress_;
    if (skipped_steps_ && last_step_ > 0) figures.skipped_steps_share = *skipped_steps_ / last_step_;
    if (gpu_seconds_ > 0) figures.gpu_utilisation = busy_gpu_seconds_ / gpu_seconds_;
    if (peak_bytes_ > 0) figures.memory_peak_bytes = static_cast<std::int64_t>(peak_bytes_);
    return figures;
  }

 private:
  // Of the stretch that ends with this line.
  void read_step(const Json& record) {
    const Amount time = number(record, "time"), rate = number(record, "images_per_second");
    const double seconds = time && last_time_ ? *time - *last_time_ : 0;
    last_time_ = time;
    last_step_ = number(record, "step").value_or(last_step_);
    if (const Amount skipped = number(record, "skipped_steps")) skipped_steps_ = skipped;
    peak_bytes_ = std::max(peak_bytes_, number(member(record, "memory"), "peak_resident_bytes").value_or(0));
    if (seconds <= 0 || !rate) return;
    PhaseSeconds stretch;
    for (std::size_t i = 0; i < kNumPhases; ++i)
      stretch.seconds[i] = seconds * std::clamp(number(member(record, "phases"), kPhaseNames[i]).value_or(0), 0.0, 1.0);
    for (std::size_t i = 0; i < kNumPhases; ++i) phases_.seconds[i] += stretch.seconds[i];
    const double training = stretch.total() - stretch[Phase::evaluation] - stretch[Phase::checkpoint];
    training_seconds_ += training;
    images_ += *rate * training;
    if (const Amount utilisation = number(member(record, "gpu"), "utilisation")) {
      gpu_seconds_ += seconds;
      busy_gpu_seconds_ += *utilisation * seconds;
    }
  }

  void read_evaluation(const Json& record) {
    if (const Amount seconds = number(record, "seconds")) evaluation_seconds_ = seconds;
    const Amount value = number(member(member(record, "protocols"), main_protocol_), "miou");
    if (!value) return;
    ++without_progress_;
    if (best_ && *value <= *best_) return;
    best_ = value;
    without_progress_ = 0;
  }

  const std::string main_protocol_;
  PhaseSeconds phases_;
  double training_seconds_ = 0, images_ = 0, last_step_ = 0, peak_bytes_ = 0;
  double gpu_seconds_ = 0, busy_gpu_seconds_ = 0;
  Amount last_time_, evaluation_seconds_, skipped_steps_, best_;
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
  figures.early_stop_patience = config.evaluation.early_stop_patience;
  return figures;
}

Figures figures_of_record(std::string_view metrics, std::string_view main_protocol) {
  Reader reader(main_protocol);
  for (std::size_t begin = 0; begin < metrics.size();) {
    const std::size_t end = std::min(metrics.find('\n', begin), metrics.size());
    reader.read(metrics.substr(begin, end - begin));
    begin = end + 1;
  }
  return reader.figures();
}

}  // namespace seg
