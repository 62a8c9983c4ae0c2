// SPDX-License-Identifier: Apache-2.0
#include "training/step.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <string>

#include "training/gradient_norm.h"

namespace seg {

HostPixels pixels_of(const BatchView& batch) {
  return {.images = batch.images().data(),
          .labels = batch.labels().data(),
          .count = batch.count(),
          .height = batch.layout().height,
          .width = batch.layout().width,
          .channels = batch.layout().channels,
          .is_16_bit = batch.layout().type == PixelType::u16,
          .distances = batch.distances().empty() ? nullptr : batch.distances().data(),
          .points = batch.points().empty() ? nullptr : batch.points().data(),
          .num_points = batch.points_per_sample(),
          .sample_numbers = batch.sample_numbers()};
}

TrainingStep::TrainingStep(Network& network, ParameterStore& parameters, Optimizer& optimizer, Collectives& collectives,
                           PhaseTimer& phases, const StepOptions& options, WeightAverage* average, LossScaler* scaler)
    : network_(network),
      parameters_(parameters),
      optimizer_(optimizer),
      collectives_(collectives),
      phases_(phases),
      options_(options),
      average_(average),
      scaler_(scaler),
      feed_(device_feed(parameters.device())) {
  const auto device = at::TensorOptions(parameters.device());
  found_not_finite_ = at::zeros({}, device.dtype(at::kFloat));
  first_bad_step_ = at::zeros({}, device.dtype(at::kLong));
  changes_nothing_ = at::zeros_like(found_not_finite_);
  before_ = {.statistics = at::empty_like(parameters.statistics()),
             .counters = at::empty_like(parameters.counters()),
             .found_not_finite = at::empty_like(found_not_finite_),
             .first_bad_step = at::empty_like(first_bad_step_)};
}

StepResult TrainingStep::run(const BatchView& batch, double learning_rate) {
  if (batch.count() % options_.micro_batches != 0)
    throw std::logic_error("[step] a batch of " + std::to_string(batch.count()) + " does not split into " +
                           std::to_string(options_.micro_batches) + " equal parts");
  note_before();
  StepResult result;
  try {
    result = make_gradients(batch);
  } catch (...) {
    undo();
    throw;
  }
  phases_.timed(Phase::optimizer, [&] { change_weights(batch.step(), learning_rate); });
  // By now the step is queued; its copies have been made long since.
  phases_.timed(Phase::transfer, [&] { feed_->wait_until_read(); });
  return result;
}

// All that may need memory.
StepResult TrainingStep::make_gradients(const BatchView& batch) {
  const std::vector<double> weights = micro_batch_weights(batch);
  const std::int64_t size = batch.count() / options_.micro_batches;
  StepResult result;
  parameters_.begin_step();
  for (std::int64_t i = 0; i < options_.micro_batches; ++i)
    accumulate(batch.view(i * size, size), weights[static_cast<std::size_t>(i)], result);
  parameters_.end_step();
  phases_.timed(Phase::optimizer, [&] { finish_gradients(batch.step(), result); });
  return result;
}

void TrainingStep::finish_gradients(std::int64_t step, StepResult& result) {
  collectives_.all_reduce_sum(parameters_.gradients());
  if (scaler_ != nullptr) scaler_->unscale(parameters_.gradients());
  result.gradient_norm = gradient_norm(parameters_);
  check_finite(step, result);
  if (options_.largest_gradient_norm > 0)
    clip_gradients(parameters_, result.gradient_norm, options_.largest_gradient_norm);
  if (scaler_ == nullptr) return;
  result.is_skipped = scaler_->found_inf().clone();
  result.gradient_norm = result.gradient_norm.masked_fill(result.is_skipped.gt(0), 0);
}

void TrainingStep::change_weights(std::int64_t step, double learning_rate) {
  try {
    const at::Tensor& changes_nothing = scaler_ != nullptr
                                            ? at::maximum_out(changes_nothing_, found_not_finite_, scaler_->found_inf())
                                            : found_not_finite_;
    optimizer_.step(learning_rate, changes_nothing);
    if (average_ != nullptr) average_->update(step, changes_nothing);
    if (scaler_ != nullptr) scaler_->update();
  } catch (const std::exception& error) {
    throw WeightsHalfChanged("step " + std::to_string(step) +
                             " failed while the weights were being changed: " + error.what());
  }
}

void TrainingStep::note_before() {
  before_.statistics.copy_(parameters_.statistics());
  before_.counters.copy_(parameters_.counters());
  before_.found_not_finite.copy_(found_not_finite_);
  before_.first_bad_step.copy_(first_bad_step_);
}

// Copies between tensors that are there need no memory. Random numbers are keyed, the scaler has not been updated, and
// the next try's first contribution to a gradient replaces what is left of this one's.
void TrainingStep::undo() {
  parameters_.statistics().copy_(before_.statistics);
  parameters_.counters().copy_(before_.counters);
  found_not_finite_.copy_(before_.found_not_finite);
  first_bad_step_.copy_(before_.first_bad_step);
}

double TrainingStep::pixels_that_count(const BatchView& part) const {
  const std::vector<double>& weights = options_.label_weights;
  if (weights.empty()) return static_cast<double>(part.total_valid_pixels());
  if (!options_.distance_weights.empty()) return weights_of_pixels(part);
  std::array<std::int64_t, 256> pixels{};
  for (const std::uint8_t label : part.labels()) ++pixels[label];
  double sum = 0.0;
  for (std::size_t label = 0; label < std::min(weights.size(), pixels.size()); ++label)
    sum += weights[label] * static_cast<double>(pixels[label]);
  return sum;
}

double TrainingStep::weights_of_pixels(const BatchView& part) const {
  const std::span<const std::uint8_t> labels = part.labels(), distances = part.distances();
  double sum = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < options_.label_weights.size())
      sum += options_.label_weights[labels[i]] * options_.distance_weights[distances[i]];
  return sum;
}

// A mean over the valid pixels of the whole batch is the mean of the parts' means weighted by their valid pixels. The
// loader counted them on the host, so nothing is read back.
std::vector<double> TrainingStep::micro_batch_weights(const BatchView& batch) const {
  const std::int64_t parts = options_.micro_batches;
  const std::int64_t size = batch.count() / parts;
  if (parts == 1) return {1.0 / static_cast<double>(collectives_.size())};
  const double total = pixels_that_count(batch);
  const double processes = static_cast<double>(collectives_.size());
  std::vector<double> weights;
  for (std::int64_t i = 0; i < parts; ++i) {
    const bool by_pixels = options_.weight_by_valid_pixels && total > 0;
    const double share =
        by_pixels ? pixels_that_count(batch.view(i * size, size)) / total : 1.0 / static_cast<double>(parts);
    weights.push_back(share / processes);
  }
  return weights;
}

void TrainingStep::accumulate(const BatchView& micro_batch, double weight, StepResult& result) {
  const DeviceBatch batch = phases_.timed(Phase::transfer, [&] { return feed_->send(pixels_of(micro_batch)); });
  NamedTensors losses =
      network_.forward_backward(batch.inputs(), {.dropout_seed = options_.dropout_seed,
                                                 .sample_numbers = batch.sample_numbers,
                                                 .loss_weight = weight,
                                                 .loss_scale = scaler_ != nullptr ? scaler_->scale() : at::Tensor()});
  const double share = weight * static_cast<double>(collectives_.size());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (options_.micro_batches > 1) losses[i].tensor = losses[i].tensor * share;
    if (result.losses.size() <= i)
      result.losses.push_back(std::move(losses[i]));
    else
      result.losses[i].tensor += losses[i].tensor;
  }
}

void TrainingStep::check_finite(std::int64_t step, const StepResult& result) {
  // The norm is finite only if every gradient is (those whose squares overflow would not survive the step anyway), the
  // sum only if norm and losses are.
  at::Tensor sum = scaler_ == nullptr ? result.gradient_norm.to(at::kFloat) : at::zeros_like(found_not_finite_);
  for (const NamedTensor& loss : result.losses) sum = sum + loss.tensor;
  at::Tensor is_bad = at::isfinite(sum).logical_not();
  if (scaler_ != nullptr) is_bad.logical_or_(scaler_->is_hopeless());
  const at::Tensor is_first = is_bad.logical_and(found_not_finite_ == 0);
  first_bad_step_.copy_(at::where(is_first, at::full({}, step, first_bad_step_.options()), first_bad_step_));
  found_not_finite_.copy_(at::where(is_bad, at::full({}, 1.0, found_not_finite_.options()), found_not_finite_));
}

}  // namespace seg
