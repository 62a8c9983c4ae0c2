// SPDX-License-Identifier: Apache-2.0
// AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization"), one fused call a group.
//
//   p = p - rate * lr_multiplier * decay * p        (decay only where the group decays)
//   m = beta1 * m + (1 - beta1) * g                 v = beta2 * v + (1 - beta2) * g^2
//   p = p - rate * lr_multiplier * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
//
// t counts the steps that were not skipped. Its state: exp_avg.PARAMETER (m), exp_avg_sq.PARAMETER (v), adam_steps (t).
#pragma once
#include "training/optimizer.h"

namespace seg {

class AdamW final : public Optimizer {
 public:
  AdamW(const ParameterStore& parameters, const OptimizerOptions& options);
  void step(double rate, const at::Tensor& found_inf) override;

 private:
  std::vector<at::Tensor> means_, squares_;  // m and v, as the store's groups
  at::Tensor num_steps_, one_;               // t, and 1: float scalars on the device
};

}  // namespace seg
