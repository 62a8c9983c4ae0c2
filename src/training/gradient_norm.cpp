// SPDX-License-Identifier: Apache-2.0
#include "training/gradient_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>

namespace seg {

at::Tensor gradient_norm(const ParameterStore& parameters) { return at::linalg_vector_norm(parameters.gradients()); }

void clip_gradients(const ParameterStore& parameters, const at::Tensor& norm, double limit) {
  constexpr double kAvoidsZero = 1e-6;
  at::Tensor gradients = parameters.gradients();
  gradients.mul_((norm + kAvoidsZero).reciprocal_().mul_(limit).clamp_max_(1.0));
}

}  // namespace seg
