// SPDX-License-Identifier: Apache-2.0
#include "training/loss_scaler.h"

#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <ATen/ops/_amp_update_scale.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include "training/state_names.h"

namespace seg {
namespace {

// Gradients that overflow with this are a thousand times beyond what fp16 can hold without any scale.
constexpr double kHopelessScale = 1.0 / 1024;

}  // namespace

LossScaler::LossScaler(const LossScaleOptions& options, c10::Device device) : options_(options) {
  const auto on_device = at::TensorOptions(device);
  scale_ = at::full({}, options.init, on_device.dtype(at::kFloat));
  growth_tracker_ = at::zeros({}, on_device.dtype(at::kInt));
  num_skipped_ = at::zeros({}, on_device.dtype(at::kDouble));
  found_inf_ = at::zeros({}, on_device.dtype(at::kFloat));
  state_ = {{state_name(kLossScaler, "scale"), scale_},
            {state_name(kLossScaler, "good_steps"), growth_tracker_},
            {state_name(kLossScaler, "skipped"), num_skipped_}};
}

void LossScaler::unscale(const at::Tensor& gradients) {
  found_inf_.zero_();
  // In double precision, as GradScaler: the reciprocal of a scale that is no power of two is rounded once.
  const at::Tensor inverse = scale_.to(at::kDouble).reciprocal_().to(at::kFloat);
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found_inf_, inverse);
}

void LossScaler::update() {
  num_skipped_.add_(found_inf_);
  at::_amp_update_scale_(scale_, growth_tracker_, found_inf_, options_.growth, options_.backoff, options_.interval);
}

at::Tensor LossScaler::is_hopeless() const { return scale_.le(kHopelessScale).logical_and_(found_inf_.gt(0)); }

}  // namespace seg
