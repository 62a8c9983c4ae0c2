// SPDX-License-Identifier: Apache-2.0
// Where a cache on disk lies, and whether it can.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"

namespace seg {

// Where the cache on disk of a data set lies: DATASET-DECODERS-DECODING, the last two hashes of what decodes files
// (dataset/decoding.h) and of how. UserError if cache_dir is auto and there is no home.
std::filesystem::path cache_folder(const std::optional<std::string>& cache_dir, const std::string& dataset,
                                   const std::string& decoding);

// Folders of such names that other decoders have made, of an earlier version of this program or of a library: this
// version finds nothing there.
struct UnusedCache {
  std::filesystem::path folder;
  std::int64_t bytes = 0;  // of all files in it
};
std::vector<UnusedCache> unused_caches(const std::filesystem::path& cache_dir);

// Makes the folder and a file in it, and takes both away again. UserError if the folder cannot be made. A folder that
// is there but cannot be written is of use all the same: then the log says that nothing will be added.
void try_cache_folder(const std::filesystem::path& folder, Log& log);

}  // namespace seg
