// SPDX-License-Identifier: Apache-2.0
#include "cli/tensor_list.h"

namespace seg {

nlohmann::json tensor_list(const std::string& file, std::span<const TensorEntry> tensors) {
  nlohmann::json list = nlohmann::json::array();
  for (const TensorEntry& tensor : tensors)
    list.push_back({{"name", tensor.name}, {"shape", tensor.shape}, {"dtype", std::string(name_of(tensor.type))}});
  return {{"file", file}, {"tensors", list}};
}

}  // namespace seg
