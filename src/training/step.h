// SPDX-License-Identifier: Apache-2.0
// One optimizer step: forward, losses, backward over the micro-batches of a batch, then the optimizer.
//
// Nothing is read back from the device. A loss or gradient that is not finite sets a flag on the device; from then on
// the optimizer changes nothing, so that the weights stay those of the last good step until somebody looks at the flag.
// With a loss scaler, gradients that are not finite skip the step instead, unless its scale cannot be the reason.
// A step that fails before the weights begin to change, say as memory runs out, leaves everything as it was: running
// statistics, counters, flags; gradients count for nothing. To change the weights takes no memory. Not thread-safe.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "engine/batch.h"
#include "engine/collectives.h"
#include "engine/device_feed.h"
#include "engine/network.h"
#include "engine/parameter_store.h"
#include "loader/host_batch.h"
#include "telemetry/phases.h"
#include "training/loss_scaler.h"
#include "training/optimizer.h"
#include "training/weight_average.h"

namespace seg {

// The batch's memory as the engine takes it; the view must live as long.
HostPixels pixels_of(const BatchView& batch);

struct StepOptions {
  std::int64_t micro_batches = 1;      // equal parts of the batch
  bool weight_by_valid_pixels = true;  // of a micro-batch's share in the step; false: all alike
  double largest_gradient_norm = 0;    // longer gradients are shortened to it; 0: no limit
  std::uint64_t dropout_seed = 0;
  // By label, of its pixels in that share; empty: 1 for all that are not ignored.
  std::vector<double> label_weights{};
  // By distance in eighths of a pixel, on top of those, where the loss weighs pixels by it; empty: 1.
  std::vector<double> distance_weights{};
};

// On the device; read them where a line is printed.
struct StepResult {
  NamedTensors losses;       // one scalar a loss of the graph, in its order, unweighted
  at::Tensor gradient_norm;  // scalar: over all parameters, before it was limited; 0 if the step was skipped
  at::Tensor is_skipped;     // float scalar: 1 if the loss scaler skipped the step; undefined without one
};

// A failure while the weights were being changed: they are of no step, and there is no going on from them.
struct WeightsHalfChanged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class TrainingStep {
 public:
  // All of them outlive the step. The network's outputs are losses. `average` (may be null) follows the weights;
  // `scaler` (may be null) is for networks that compute in fp16.
  TrainingStep(Network& network, ParameterStore& parameters, Optimizer& optimizer, Collectives& collectives,
               PhaseTimer& phases, const StepOptions& options, WeightAverage* average = nullptr,
               LossScaler* scaler = nullptr);

  // The device has read the batch when this returns, though it may not have done anything with it yet.
  // What is thrown while the weights were being changed becomes WeightsHalfChanged.
  StepResult run(const BatchView& batch, double learning_rate);

  std::int64_t micro_batches() const { return options_.micro_batches; }
  void set_micro_batches(std::int64_t parts) { options_.micro_batches = parts; }

  // 1 as soon as a loss or gradient was not finite, and from then on. Float scalar on the device.
  const at::Tensor& found_not_finite() const { return found_not_finite_; }
  // The step at which that happened first; meaningless before. Int64 scalar on the device.
  const at::Tensor& first_bad_step() const { return first_bad_step_; }

 private:
  // What a step changes before the weights do, as it was when the step began.
  struct Before {
    at::Tensor statistics, counters, found_not_finite, first_bad_step;
  };
  void note_before();
  void undo();
  StepResult make_gradients(const BatchView& batch);
  void change_weights(std::int64_t step, double learning_rate);
  double pixels_that_count(const BatchView& part) const;
  double weights_of_pixels(const BatchView& part) const;
  std::vector<double> micro_batch_weights(const BatchView& batch) const;
  void accumulate(const BatchView& micro_batch, double weight, StepResult& result);
  void finish_gradients(std::int64_t step, StepResult& result);
  void check_finite(std::int64_t step, const StepResult& result);

  Network& network_;
  ParameterStore& parameters_;
  Optimizer& optimizer_;
  Collectives& collectives_;
  PhaseTimer& phases_;
  StepOptions options_;
  WeightAverage* average_;
  LossScaler* scaler_;
  std::unique_ptr<DeviceFeed> feed_;
  at::Tensor found_not_finite_, first_bad_step_;
  at::Tensor changes_nothing_;  // with a scaler: 1 if the step is skipped for either reason
  Before before_;
};

}  // namespace seg
