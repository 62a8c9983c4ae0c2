// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "dataset/decoding.h"

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

std::string hash_of_decoders() {
  const std::string decoders = decoders_text();
  return fmt::format("{:08x}", hash_of(decoders.data(), decoders.size()) >> 32);
}

// By its name and by what lies in it: cache_dir may be a folder that holds other things, too.
bool is_of_other_decoders(const fs::path& folder) {
  static const std::regex pattern(".+-([0-9a-f]{8})-[0-9a-f]{16}");
  const std::string name = folder.filename().string();
  std::smatch match;
  if (!std::regex_match(name, match, pattern) || match[1] == hash_of_decoders()) return false;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    if (file == "index" || file.starts_with("scan-")) return true;
  }
  return false;
}

std::int64_t bytes_below(const fs::path& folder) {
  std::int64_t bytes = 0;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(folder, error); !error && entry != fs::end(entry);
       entry.increment(error)) {
    std::error_code vanished;
    const std::uintmax_t size = entry->is_regular_file(vanished) ? entry->file_size(vanished) : 0;
    if (!vanished) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

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
  return base / fmt::format("{}-{}-{:016x}", dataset, hash_of_decoders(), hash_of(decoding.data(), decoding.size()));
}

std::vector<UnusedCache> unused_caches(const fs::path& cache_dir) {
  std::vector<UnusedCache> caches;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(cache_dir, error))
    if (is_of_other_decoders(entry.path())) caches.push_back({entry.path(), bytes_below(entry.path())});
  std::ranges::sort(caches, {}, &UnusedCache::folder);
  return caches;
}

void try_cache_folder(const fs::path& folder, Log& log) {
  const NewFolders folders(folder);
  make_folder(folder);
  try {
    AtomicFile file(folder / "index");
    file.write("x");  // and is never renamed
  } catch (const UserError& error) {
    log.warning_once(folder.string() + ": nothing will be added to this cache: " + error.problems().front().what);
  }
}

}  // namespace seg
