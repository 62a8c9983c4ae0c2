// SPDX-License-Identifier: Apache-2.0
// A resolved config as text: TOML that reads back to the same values, or JSON.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "config/resolve.h"

namespace seg {

// By sections; each line has its value and, as a comment, where it came from.
std::string config_as_toml(const ResolvedConfig& resolved);

// {"keys": {name: value}, "origins": {name: text}}; the empty optional is its word, as in TOML.
nlohmann::json config_as_json(const ResolvedConfig& resolved);

}  // namespace seg
