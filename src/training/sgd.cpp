// SPDX-License-Identifier: Apache-2.0
#include "training/sgd.h"

#include <ATen/ops/_fused_sgd.h>

#include "training/state_names.h"

namespace seg {

Sgd::Sgd(const ParameterStore& parameters, const OptimizerOptions& options)
    : Optimizer(parameters, options), momenta_(add_state(kMomentum)) {}

void Sgd::step(double rate, const at::Tensor& found_inf) {
  for (std::size_t i = 0; i < momenta_.size(); ++i) {
    const ParameterGroup& group = parameters_.groups()[i];
    // Flat vectors: the fused kernel ignores strides, so value, gradient and momentum must lie alike, and do.
    // Zeroed momentum and is_first_step = false give the same first step, and survive one that is skipped.
    at::_fused_sgd_({group.values}, {group.gradients}, {momenta_[i]}, decay_of(group), options_.momentum,
                    rate * lr_multiplier(group), /*dampening=*/0.0, /*nesterov=*/false, /*maximize=*/false,
                    /*is_first_step=*/false, /*grad_scale=*/std::nullopt, found_inf);
  }
}

}  // namespace seg
