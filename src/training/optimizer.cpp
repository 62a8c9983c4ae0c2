// SPDX-License-Identifier: Apache-2.0
#include "training/optimizer.h"

#include <ATen/ops/zeros_like.h>

#include <stdexcept>

#include "training/adamw.h"
#include "training/sgd.h"
#include "training/state_names.h"

namespace seg {

double Optimizer::lr_multiplier(const ParameterGroup& group) const {
  return group.lr_multiplier == 1.0 ? 1.0 : options_.head_lr_multiplier.value_or(group.lr_multiplier);
}

std::vector<at::Tensor> Optimizer::add_state(std::string_view prefix) {
  const at::Tensor flat = at::zeros_like(parameters_.values());
  const std::int64_t origin = parameters_.values().storage_offset();
  std::vector<at::Tensor> groups;
  for (const ParameterGroup& group : parameters_.groups()) {
    groups.push_back(flat.narrow(0, group.values.storage_offset() - origin, group.values.numel()));
    for (const std::string& name : group.names) {
      const at::Tensor& value = parameters_.value(name);
      add_state(state_name(prefix, name),
                flat.as_strided(value.sizes(), value.strides(), value.storage_offset() - origin));
    }
  }
  return groups;
}

std::int64_t states_a_parameter(OptimizerKind kind) { return kind == OptimizerKind::adamw ? 2 : 1; }

std::unique_ptr<Optimizer> make_optimizer(const ParameterStore& parameters, const OptimizerOptions& options) {
  switch (options.kind) {
    case OptimizerKind::sgd: return std::make_unique<Sgd>(parameters, options);
    case OptimizerKind::adamw: return std::make_unique<AdamW>(parameters, options);
  }
  throw std::logic_error("[optimizer] unknown kind");
}

}  // namespace seg
