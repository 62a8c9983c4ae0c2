// SPDX-License-Identifier: Apache-2.0
// What a run tells while it goes on: lines and a progress bar for people, metrics.jsonl for programs.
//
// The file is opened by the first event, so a run that cannot start leaves none. Not thread-safe.
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/nvml.h"
#include "engine/cuda.h"
#include "loader/loader.h"
#include "telemetry/console.h"
#include "telemetry/metrics_file.h"
#include "telemetry/phases.h"
#include "training/loss_meter.h"
#include "training/run_folder.h"

namespace seg {

enum class ProgressStyle { bar, lines, off };

// Of runs in fp16.
struct LossScaling {
  double scale = 0;
  std::int64_t skipped_steps = 0;  // of the whole run, so far: their gradients overflowed, and the scale was lowered
};

// How the loader kept up: what is not known is nothing.
struct LoaderReport {
  std::optional<double> ready_steps{};  // that were ready when the next one was asked for, on average
  std::vector<double> busy{};  // share of the time that each worker worked; without workers, the training thread
};
// From one moment to another, `seconds` later.
LoaderReport loader_report(const LoaderStatistics& before, const LoaderStatistics& after, double seconds);

// What a line about steps says: means since the line before it.
struct StepReport {
  std::int64_t step = 0;
  double epoch = 0;
  LossMeter::Means losses{};
  double total_loss = 0;
  double rate = 0;
  std::vector<double> group_rates{};
  bool shows_mean_rate = false;  // the line for people shows the mean of the groups' rates, not the base rate
  double gradient_norm = 0;      // before it was limited
  double images_per_second = 0;
  PhaseSeconds phases{};
  double seconds_left = 0;
  std::int64_t skipped = 0;  // bad samples so far in this part of the run
  LoaderReport loader{};
  std::optional<LossScaling> loss_scaling{};
  std::optional<CudaMemory> gpu_memory{};
  std::optional<double> gpu_step_seconds{};  // by the GPU's clock; of the steps that it has done since the last line
  std::optional<GpuFigures> gpu{};           // where a GPU computes: as its driver tells it now
};

class RunLog {
 public:
  RunLog(const RunFolder& folder, std::string run, std::int64_t last_step, Console& console, ProgressStyle style);

  // `members` are added to what every line has (event, time, run, step, epoch).
  void event(const std::string& name, std::int64_t step, double epoch, const nlohmann::ordered_json& members);
  void step(const StepReport& report);
  // Draws the bar; cheap enough for every step.
  void progress(std::int64_t step, double images_per_second, double seconds_left);
  // A word about something longer than a step: "evaluating 12/51".
  void activity(const std::string& text);
  void clear_progress() { console_.progress(""); }

 private:
  std::filesystem::path metrics_path_;
  std::optional<MetricsFile> metrics_;
  std::string run_;
  std::int64_t last_step_;
  Console& console_;
  ProgressStyle style_;
  std::string last_losses_;
  double last_drawn_ = 0;
};

double shown_rate(const StepReport& report);
nlohmann::json to_json(const PhaseSeconds& phases);  // shares of the total

}  // namespace seg
