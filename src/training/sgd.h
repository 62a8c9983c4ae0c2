// SPDX-License-Identifier: Apache-2.0
// Stochastic gradient descent with momentum, one fused call a group.
//
//   v = momentum * v + g + decay * p        (decay only where the group decays)
//   p = p - rate * lr_multiplier * v
//
// No Nesterov, no dampening, as the reference trains. Its state: momentum.PARAMETER.
#pragma once
#include "training/optimizer.h"

namespace seg {

class Sgd final : public Optimizer {
 public:
  Sgd(const ParameterStore& parameters, const OptimizerOptions& options);
  void step(double rate, const at::Tensor& found_inf) override;

 private:
  std::vector<at::Tensor> momenta_;  // as the store's groups
};

}  // namespace seg
