// SPDX-License-Identifier: Apache-2.0
// What is known of a training run's speed: its settings in effect, and what was measured. The rules see nothing else,
// so figures that were recorded can be judged again anywhere.
//
// Plain data. What is not known is nothing, never 0. Rates are images per second, of the whole effective batch; stages
// are milliseconds of one core for each image. JSON leaves out what is not known.
#pragma once
#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "loader/crop_maker.h"
#include "telemetry/phases.h"

namespace seg {

using Count = std::optional<std::int64_t>;
using Amount = std::optional<double>;

struct Figures {
  // The machine, as far as this process may use it.
  Count processors{}, online_processors{};
  Amount processor_quota{};                     // of the control group
  Amount busy_elsewhere{};                      // of these processors, what other programs keep busy
  std::optional<bool> computes_on_cpu{};        // where the network runs
  std::optional<std::string> half_precision{};  // native to what computes: "bf16", "fp16" or "none"
  Count usable_memory_bytes{};                  // that the run may take
  Amount gpu_utilisation{};                     // share of the time in which the GPU computes
  Amount gpu_memory_share{};                    // of the GPU's memory that is in use, whoever uses it

  // Settings in effect.
  Count threads{}, workers{};
  Count asked_threads{}, asked_workers{};  // by the config, where it says a number
  Count images_of_micro_batch{}, micro_batches{}, asked_micro_batches{};
  Count prefetch_steps{};
  Count checkpoint_interval{};         // steps; where none is asked for it goes by time
  std::optional<std::string> cache{};  // "off", "ram", "disk"
  std::optional<std::string> precision{}, distance_map{};
  std::optional<bool> deterministic{};
  Count crop_pixels{}, steps{};  // steps of the run
  Count eval_interval{}, eval_protocols{}, early_stop_patience{};
  std::optional<std::string> main_protocol{}, early_stop_metric{};
  Amount epochs{};

  // Speed: of both together as a run is, and of each part alone.
  Amount run_rate{}, loader_rate{}, step_rate{};
  Count loader_workers{};  // of the loader alone
  // Shares of the time in steps and between them, without evaluations and checkpoints; of these two, of all time.
  std::array<Amount, kNumPhases> phases{};
  std::array<Amount, kLoaderStageNames.size()> stages{};  // milliseconds of one core for each image
  Amount half_step_rate{};                                // of the step alone in half precision
  Amount larger_batch_step_rate{};                        // with larger micro-batches (micro_batch.h)
  Amount free_kernels_step_rate{};                        // with kernels that need not be deterministic
  Amount processor_wait_share{};  // of the time in which threads could have run, what they waited for a processor
  Amount page_faults_per_step{}, disk_faults_per_step{}, reads_back_per_step{};
  std::optional<std::string> reads_back_by{};  // how many of them by which call sites

  // Memory and data.
  Count memory_forecast_bytes{}, memory_peak_bytes{}, swapped_bytes{};
  Count images{}, image_pixels{};                             // for training; pixels of the largest
  Count file_bytes{}, decoded_bytes{};                        // of all of them
  Amount cold_bytes_per_second{}, cold_samples_per_second{};  // from the disk, not from memory

  // What comes between steps.
  Amount evaluation_seconds{};           // of one, by all protocols asked for
  Count evaluations_without_progress{};  // in the mIoU by the main protocol, since the best one
  Amount skipped_steps_share{};          // by the loss scaler

  std::int64_t samples_per_step() const noexcept;  // 0: not known
  double loading_milliseconds() const noexcept;    // of all stages that are known
  Amount phase(Phase phase) const noexcept { return phases[static_cast<std::size_t>(phase)]; }
  Amount stage(LoaderStage stage) const noexcept { return stages[static_cast<std::size_t>(stage)]; }

  template <class Self, class Visitor>
  static void fields(Self& f, Visitor&& visit) {
    visit("processors", f.processors);
    visit("online_processors", f.online_processors);
    visit("processor_quota", f.processor_quota);
    visit("busy_elsewhere", f.busy_elsewhere);
    visit("computes_on_cpu", f.computes_on_cpu);
    visit("half_precision", f.half_precision);
    visit("usable_memory_bytes", f.usable_memory_bytes);
    visit("gpu_utilisation", f.gpu_utilisation);
    visit("gpu_memory_share", f.gpu_memory_share);
    visit("threads", f.threads);
    visit("workers", f.workers);
    visit("asked_threads", f.asked_threads);
    visit("asked_workers", f.asked_workers);
    visit("images_of_micro_batch", f.images_of_micro_batch);
    visit("micro_batches", f.micro_batches);
    visit("asked_micro_batches", f.asked_micro_batches);
    visit("prefetch_steps", f.prefetch_steps);
    visit("cache", f.cache);
    visit("precision", f.precision);
    visit("distance_map", f.distance_map);
    visit("deterministic", f.deterministic);
    visit("crop_pixels", f.crop_pixels);
    visit("steps", f.steps);
    visit("eval_interval", f.eval_interval);
    visit("eval_protocols", f.eval_protocols);
    visit("early_stop_patience", f.early_stop_patience);
    visit("main_protocol", f.main_protocol);
    visit("early_stop_metric", f.early_stop_metric);
    visit("checkpoint_interval", f.checkpoint_interval);
    visit("epochs", f.epochs);
    visit("run_rate", f.run_rate);
    visit("loader_rate", f.loader_rate);
    visit("step_rate", f.step_rate);
    visit("loader_workers", f.loader_workers);
    visit("phases", f.phases);
    visit("stages", f.stages);
    visit("half_step_rate", f.half_step_rate);
    visit("larger_batch_step_rate", f.larger_batch_step_rate);
    visit("free_kernels_step_rate", f.free_kernels_step_rate);
    visit("processor_wait_share", f.processor_wait_share);
    visit("page_faults_per_step", f.page_faults_per_step);
    visit("disk_faults_per_step", f.disk_faults_per_step);
    visit("reads_back_per_step", f.reads_back_per_step);
    visit("reads_back_by", f.reads_back_by);
    visit("memory_forecast_bytes", f.memory_forecast_bytes);
    visit("memory_peak_bytes", f.memory_peak_bytes);
    visit("swapped_bytes", f.swapped_bytes);
    visit("images", f.images);
    visit("image_pixels", f.image_pixels);
    visit("file_bytes", f.file_bytes);
    visit("decoded_bytes", f.decoded_bytes);
    visit("cold_bytes_per_second", f.cold_bytes_per_second);
    visit("cold_samples_per_second", f.cold_samples_per_second);
    visit("evaluation_seconds", f.evaluation_seconds);
    visit("evaluations_without_progress", f.evaluations_without_progress);
    visit("skipped_steps_share", f.skipped_steps_share);
  }
};

nlohmann::json to_json(const Figures& figures);
Figures figures_from(const nlohmann::json& json);  // other members are passed over; a wrong type is a std::exception

// Rates and phases of a run that has spent so much time for so many images. False, and nothing added, where none of it
// was in steps or between them.
bool add_rates(const PhaseSeconds& phases, double images, Figures& figures);

// What `newer` knows wins.
void update(Figures& figures, const Figures& newer);

}  // namespace seg
