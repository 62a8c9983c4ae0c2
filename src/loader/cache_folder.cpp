// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_folder.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// That are not there yet, from the deepest on.
std::vector<fs::path> missing_folders(fs::path folder) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (folder = fs::absolute(folder, error).lexically_normal(); !error && !fs::exists(folder, error);
       folder = folder.parent_path()) {
    if (folder.has_filename()) missing.push_back(folder);  // "a/" has none
    if (!folder.has_relative_path()) break;
  }
  return missing;
}

// Takes away, as far as they are empty.
class NewFolders {
 public:
  explicit NewFolders(const fs::path& folder) : made_(missing_folders(folder)) {}
  ~NewFolders() {
    std::error_code ignored;
    for (const fs::path& folder : made_) fs::remove(folder, ignored);
  }
  NewFolders(const NewFolders&) = delete;
  NewFolders& operator=(const NewFolders&) = delete;

 private:
  const std::vector<fs::path> made_;
};

}  // namespace

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

void try_cache_folder(const fs::path& folder, Log& log) {
  const NewFolders folders(folder);
  make_folder(folder);
  try {
    AtomicFile file(folder / "pixels");
    file.write("x");  // and is never renamed
  } catch (const UserError& error) {
    log.warning_once(folder.string() + ": nothing will be added to this cache: " + error.problems().front().what);
  }
}

}  // namespace seg
