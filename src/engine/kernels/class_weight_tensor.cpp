// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/class_weight_tensor.h"

#include <ATen/ops/tensor.h>

namespace seg::kernels {

const at::Tensor& class_weight_tensor(const std::vector<double>& weights, const at::TensorOptions& number) {
  struct Kept {
    std::vector<double> weights;
    at::Tensor tensor;
  };
  // Never freed: the driver may be gone before static storage is.
  static Kept& kept = *new Kept;
  const bool is_there = kept.tensor.defined() && kept.weights == weights && kept.tensor.device() == number.device() &&
                        kept.tensor.scalar_type() == number.dtype().toScalarType();
  if (!is_there) kept = {weights, at::tensor(weights, at::kDouble).to(number)};
  return kept.tensor;
}

}  // namespace seg::kernels
