// SPDX-License-Identifier: Apache-2.0
#include "engine/tensors.h"

namespace seg {

const at::Tensor* find_tensor(const NamedTensors& tensors, std::string_view name) {
  for (const NamedTensor& entry : tensors) {
    if (entry.name == name) return &entry.tensor;
  }
  return nullptr;
}

}  // namespace seg
