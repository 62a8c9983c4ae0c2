// SPDX-License-Identifier: Apache-2.0
// A run whose config is the one in its own folder, FOLDER/config.toml: the file that an earlier part of it wrote.
#pragma once
#include <filesystem>
#include <optional>

#include "config/resolve.h"
#include "training/run_folder.h"

namespace seg {

// Whether `file`, from which the config was read, is that one. If values were given that differ from it, the run would
// write over what it was started with: then a UserError names them. respth may differ, as another path to the folder.
bool is_config_of(const RunFolder& folder, const std::optional<std::filesystem::path>& file,
                  const ResolvedConfig& config);

}  // namespace seg
