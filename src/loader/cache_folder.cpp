// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_folder.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "base/random.h"

namespace seg {

std::filesystem::path cache_folder(const std::optional<std::string>& cache_dir, const std::string& dataset,
                                   const std::string& decoding) {
  std::filesystem::path base = cache_dir.value_or("");
  if (!cache_dir) {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    if (cache != nullptr && *cache != '\0')
      base = std::filesystem::path(cache) / "segtrain";
    else if (home != nullptr && *home != '\0')
      base = std::filesystem::path(home) / ".cache" / "segtrain";
    else
      fail("cache_dir", "is auto, but neither XDG_CACHE_HOME nor HOME is set",
           "cache_dir = a folder on a disk with room for the decoded images");
  }
  std::array<char, 17> digest{};
  std::snprintf(digest.data(), digest.size(), "%016llx",
                static_cast<unsigned long long>(hash_of(decoding.data(), decoding.size())));
  return base / (dataset + '-' + digest.data());
}

}  // namespace seg
