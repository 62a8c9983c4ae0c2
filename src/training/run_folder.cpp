// SPDX-License-Identifier: Apache-2.0
#include "training/run_folder.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/error.h"
#include "base/text.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLockName = ".lock";
constexpr std::string_view kPrefix = "step_";
constexpr std::string_view kSuffix = ".safetensors";

// The step in "step_000100.safetensors", or nothing.
std::optional<std::int64_t> step_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  const std::string_view digits =
      std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
  std::int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(step) : std::nullopt;
}

bool holds_only_the_lock(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != kLockName) return false;
  return true;
}

}  // namespace

RunFolder::RunFolder(const fs::path& path) : path_(path) {
  std::error_code error;
  was_made_here_ = fs::create_directories(path_, error);
  if (error || !fs::is_directory(path_))
    fail(path_.string(), "the run folder cannot be made: " + (error ? error.message() : "a file is in its place"),
         "give another folder with respth=…");
  std::string holder;
  lock_ = FileLock::try_lock(path_ / kLockName, &holder);
  if (!lock_)
    fail(path_.string(), "another process is training here (" + holder + ")",
         "wait for it or stop it, or give this run a folder of its own with respth=…");
}

RunFolder::~RunFolder() {
  if (!lock_) return;
  std::error_code ignored;
  if (was_made_here_ && holds_only_the_lock(path_)) {
    fs::remove(path_ / kLockName, ignored);
    fs::remove(path_, ignored);
  }
}

fs::path RunFolder::checkpoint(std::int64_t step) const {
  return path_ / "checkpoints" / (std::string(kPrefix) + padded(step, 6) + std::string(kSuffix));
}

std::vector<fs::path> RunFolder::checkpoints() const {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  if (fs::is_directory(path_ / "checkpoints"))
    for (const fs::directory_entry& entry : fs::directory_iterator(path_ / "checkpoints"))
      if (const auto step = step_of(entry.path())) found.emplace_back(*step, entry.path());
  std::ranges::sort(found, std::greater{}, &std::pair<std::int64_t, fs::path>::first);
  std::vector<fs::path> paths;
  for (auto& [step, path] : found) paths.push_back(std::move(path));
  return paths;
}

std::optional<FoundCheckpoint> RunFolder::newest_valid_checkpoint(Log& log) const {
  for (const fs::path& path : checkpoints()) {
    try {
      return FoundCheckpoint{path, read_run_state(path)};
    } catch (const UserError& error) {
      log.warning(std::string("passed over a checkpoint: ") + error.what());
    }
  }
  return std::nullopt;
}

void RunFolder::prune(std::int64_t keep, std::optional<std::int64_t> best) const {
  const std::vector<fs::path> all = checkpoints();
  for (std::size_t i = static_cast<std::size_t>(keep); i < all.size(); ++i) {
    if (best && step_of(all[i]) == best) continue;
    std::error_code ignored;  // a checkpoint too many does no harm
    fs::remove(all[i], ignored);
  }
}

std::optional<fs::path> RunFolder::move_old_run_aside() const {
  if (holds_only_the_lock(path_)) return std::nullopt;
  const fs::path base = fs::absolute(path_).lexically_normal();
  const std::string stem = (base.has_filename() ? base : base.parent_path()).string();
  fs::path aside;
  for (int number = 1; aside.empty() || fs::exists(aside); ++number) aside = stem + ".old-" + std::to_string(number);
  std::error_code error;
  fs::create_directories(aside, error);
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_))
    if (entry.path().filename() != kLockName) entries.push_back(entry.path());
  for (const fs::path& entry : entries)
    if (!error) fs::rename(entry, aside / entry.filename(), error);
  if (error)
    fail(aside.string(), "the old run cannot be moved there: " + error.message(),
         "move it away by hand, or give another folder with respth=…");
  return aside;
}

}  // namespace seg
