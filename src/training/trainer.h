// SPDX-License-Identifier: Apache-2.0
// The training loop: batches in, weights, checkpoints, evaluations and lines about them out.
//
// Everything that has to be decided beforehand (settings, where to begin) is decided in run.h. Not thread-safe: one
// thread drives a run and calls torch; the loader's workers are the loader's own.
#pragma once
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "base/nvml.h"
#include "config/config.h"
#include "dataset/dataset.h"
#include "doctor/figures.h"
#include "loader/loader.h"
#include "telemetry/console.h"
#include "telemetry/phases.h"
#include "training/checkpoint.h"
#include "training/loss_meter.h"
#include "training/network_in_training.h"
#include "training/run_events.h"
#include "training/run_folder.h"
#include "training/run_log.h"
#include "training/run_watch.h"
#include "training/sanity_check.h"
#include "training/schedule.h"
#include "training/settings.h"
#include "training/train_result.h"
#include "training/validation.h"

namespace seg {

class Trainer {
 public:
  // All of them outlive the trainer.
  struct Parts {
    const Config& config;
    const RunSettings& settings;
    ReaderSource train;
    ReaderSource validation;
    const RunFolder& folder;
    Console& console;
    Figures known = {};               // of the doctor, before step 1
    std::vector<Finding> tried = {};  // what it tried before the run, with what came of it
  };

  // state.step is the last step that is done; 0 begins with fresh weights.
  Trainer(const Parts& parts, const RunState& state);
  void load(const std::filesystem::path& checkpoint);
  void begin_with(const NamedTensors& weights);  // in the place of random ones, where there are some
  RunLog& log() { return log_; }
  void tell_split(const BatchSplit& split);               // in the metrics file
  double epoch() const { return epoch_at(state_.step); }  // passes over the training data so far

  // Before a fresh start, behind the rehearsal of steps: what comes long after step 1 is tried once (sanity_check.h). A
  // request to stop ends it early.
  void rehearse(Rehearsal rehearsal);

  // To the last step, to a limit, or to a request to stop. UserError if the loss is no longer finite.
  // Whatever ends it, an exception too, is told in the metrics file.
  TrainResult run();

 private:
  TrainResult run_steps();
  StepResult make_step(const BatchView& batch);
  void keep_picture_of(const BatchView& batch);
  void tell_progress();
  void tell_step();
  RunProgress progress();
  bool is_evaluation_due();
  bool evaluate();  // false: a request to stop came in between
  bool is_evaluated() const { return evaluated_step_ == state_.step; }
  bool stops_early() const;
  bool is_checkpoint_due() const;
  void save();
  void write_checkpoint();
  std::string reason_to_stop() const;
  void stop_if_not_finite();
  TrainResult finish(const std::string& reason);
  void tell_end(std::int64_t step, const nlohmann::ordered_json& members);
  void tell_failure(const std::exception& error);

  double epoch_at(std::int64_t step) const;
  double seconds_of_run() const;
  double training_seconds();  // of this part of the run, without evaluations and checkpoints
  double images_per_second();
  double seconds_left();

  Parts parts_;
  const Config& config_;
  const RunSettings& settings_;
  RunState state_;
  RunLog log_;
  RunEvents events_;
  NetworkInTraining trained_;
  RateSchedule schedule_;
  RunWatch watch_;
  Loader loader_;
  Validation validation_;
  const std::unique_ptr<DeviceClock> clock_;   // null: the host's tells all
  const std::unique_ptr<GpuProbe> gpu_probe_;  // null: there is no GPU, or nothing that tells of it
  LossMeter losses_, gradient_norms_;

  double start_ = 0, last_save_ = 0;
  std::int64_t first_step_ = 0;  // of this part of the run, counted from 0
  std::int64_t saved_step_ = -1, evaluated_step_ = -1;
  std::int64_t num_saved_ = 0, evaluations_since_best_ = 0;  // in this part of the run
  bool has_told_end_ = false;
  StepReport last_report_;
  PhaseSeconds begin_phases_, reported_phases_;
  LoaderStatistics reported_loader_;
};

}  // namespace seg
