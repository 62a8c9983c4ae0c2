// SPDX-License-Identifier: Apache-2.0
// Tensors by name, in a given order: a network's inputs and outputs, losses, the content of a weight file.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

namespace seg {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

// The tensor of that name, or nullptr.
const at::Tensor* find_tensor(const NamedTensors& tensors, std::string_view name);

}  // namespace seg
