// SPDX-License-Identifier: Apache-2.0
#include "training/adamw.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

#include "training/state_names.h"

namespace seg {

AdamW::AdamW(const ParameterStore& parameters, const OptimizerOptions& options)
    : Optimizer(parameters, options),
      means_(add_state(kMeans)),
      squares_(add_state(kSquares)),
      num_steps_(at::zeros({}, at::TensorOptions(at::kFloat).device(parameters.device()))),
      one_(at::ones_like(num_steps_)) {
  add_state(kAdamSteps, num_steps_);
}

void AdamW::step(double rate, const at::Tensor& found_inf) {
  // On the device: whether the step is skipped is known there alone.
  num_steps_.sub_(found_inf).add_(one_);
  for (std::size_t i = 0; i < means_.size(); ++i) {
    const ParameterGroup& group = parameters_.groups()[i];
    at::_fused_adamw_({group.values}, {group.gradients}, {means_[i]}, {squares_[i]}, /*max_exp_avg_sqs=*/{},
                      {num_steps_}, rate * lr_multiplier(group), options_.beta1, options_.beta2, decay_of(group),
                      options_.eps, /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/std::nullopt, found_inf);
  }
}

}  // namespace seg
