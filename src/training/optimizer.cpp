// SPDX-License-Identifier: Apache-2.0
#include "training/optimizer.h"

#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/zeros_like.h>

namespace seg {

Sgd::Sgd(const ParameterStore& parameters, const SgdOptions& options)
    : parameters_(parameters), options_(options), flat_momenta_(at::zeros_like(parameters.values())) {
  const std::int64_t origin = parameters.values().storage_offset();
  for (const ParameterGroup& group : parameters.groups()) {
    const std::int64_t offset = group.values.storage_offset() - origin;
    groups_.push_back(flat_momenta_.narrow(0, offset, group.values.numel()));
    for (const std::string& name : group.names) {
      const at::Tensor& value = parameters.value(name);
      momenta_.push_back(
          {name, flat_momenta_.as_strided(value.sizes(), value.strides(), value.storage_offset() - origin)});
    }
  }
}

void Sgd::step(double rate, const at::Tensor& found_inf) {
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const ParameterGroup& group = parameters_.groups()[i];
    // Flat vectors: the fused kernel ignores strides, so value, gradient and momentum must lie alike, and do.
    // Zeroed momentum and is_first_step = false give the same first step, and survive one that is skipped.
    at::_fused_sgd_({group.values}, {group.gradients}, {groups_[i]}, group.decays ? options_.weight_decay : 0.0,
                    options_.momentum, rate * lr_multiplier(group), /*dampening=*/0.0, /*nesterov=*/false,
                    /*maximize=*/false, /*is_first_step=*/false, /*grad_scale=*/std::nullopt, found_inf);
  }
}

double Sgd::lr_multiplier(const ParameterGroup& group) const {
  return group.lr_multiplier == 1.0 ? 1.0 : options_.head_lr_multiplier.value_or(group.lr_multiplier);
}

}  // namespace seg
