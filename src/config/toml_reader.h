// SPDX-License-Identifier: Apache-2.0
// Reads a config in TOML: keys in one flat table, each with the line it stands on.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace seg {

// `name` stands for the file in messages and origins. What is no TOML is a UserError with its line.
std::vector<KeyValue> read_toml(std::string_view text, const std::string& name);

}  // namespace seg
