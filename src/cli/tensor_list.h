// SPDX-License-Identifier: Apache-2.0
// What a tensor file holds, as commands report it.
#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "formats/tensor_entry.h"

namespace seg {

// {"file": …, "tensors": [{"name", "shape", "dtype"}, …]}
nlohmann::json tensor_list(const std::string& file, std::span<const TensorEntry> tensors);

}  // namespace seg
