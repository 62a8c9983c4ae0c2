// SPDX-License-Identifier: Apache-2.0
// Where a cache on disk lies. Reads the environment, and nothing else.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace seg {

// Where the cache on disk of a data set lies. UserError if cache_dir is auto and there is no home.
std::filesystem::path cache_folder(const std::optional<std::string>& cache_dir, const std::string& dataset,
                                   const std::string& decoding);

}  // namespace seg
