// SPDX-License-Identifier: Apache-2.0
// Where a cache on disk lies, and whether it can.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "base/log.h"

namespace seg {

// Where the cache on disk of a data set lies. UserError if cache_dir is auto and there is no home.
std::filesystem::path cache_folder(const std::optional<std::string>& cache_dir, const std::string& dataset,
                                   const std::string& decoding);

// Makes the folder and a file in it, and takes both away again. UserError if the folder cannot be made. A folder that
// is there but cannot be written is of use all the same: then the log says that nothing will be added.
void try_cache_folder(const std::filesystem::path& folder, Log& log);

}  // namespace seg
