// SPDX-License-Identifier: Apache-2.0
// Where values of keys come from: config files by their kind, and KEY=VALUE of the command line.
//
// A file that ends in .py is a config of the Python trainer, every other one is TOML. All readers give the same kind of
// list, each value with the place where it stands.
#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace seg {

bool is_python_config(const std::filesystem::path& path);
std::vector<KeyValue> read_config_file(const std::filesystem::path& path);  // in the order of the file
KeyValue read_override(std::string_view text);

}  // namespace seg
