// SPDX-License-Identifier: Apache-2.0
// Stochastic gradient descent with momentum over the flat groups of a parameter store: one fused call for all of them.
//
//   v = momentum * v + g + decay * p        (decay only where the group decays)
//   p = p - rate * lr_multiplier * v
//
// No Nesterov, no dampening, as the reference trains. Not thread-safe.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>

#include "engine/parameter_store.h"
#include "engine/tensors.h"

namespace seg {

struct SgdOptions {
  double momentum = 0.9;
  double weight_decay = 5e-4;
  std::optional<double> head_lr_multiplier{};  // in the place of every multiplier that is not 1; none: the model's own
};

class Sgd {
 public:
  // The store has gradients and outlives the optimizer.
  Sgd(const ParameterStore& parameters, const SgdOptions& options);

  // found_inf: float scalar on the device. Where it is 1 the step changes nothing, without anybody reading it.
  void step(double rate, const at::Tensor& found_inf);

  // What the base rate is multiplied by for a group.
  double lr_multiplier(const ParameterGroup& group) const;

  // Momentum of each trainable parameter, of its shape, by its name; views of the optimizer's own memory.
  const NamedTensors& momenta() const { return momenta_; }

 private:
  const ParameterStore& parameters_;
  SgdOptions options_;
  at::Tensor flat_momenta_;         // laid out like the store's values
  std::vector<at::Tensor> groups_;  // its parts, as the store's groups
  NamedTensors momenta_;
};

}  // namespace seg
