// SPDX-License-Identifier: Apache-2.0
#include "training/run_folder.h"

#include <algorithm>
#include <array>
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
constexpr std::string_view kEventsPrefix = "events.out.tfevents.";
// What a run writes, besides TensorBoard's files.
constexpr std::array<std::string_view, 11> kOwnNames = {
    "config.toml",     "metrics.jsonl",   "train_batch.png",       "checkpoints", "model_final.safetensors",
    "model_final.pth", "predictions.png", "worst_predictions.png", "trace.json",  "bad_batch.safetensors",
    "report.html"};

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

bool is_own(const fs::path& path) {
  const std::string name = path.filename().string();
  return std::ranges::count(kOwnNames, name) != 0 || name.starts_with(kEventsPrefix);
}

// The folders of a path that are not there yet, the innermost first.
std::vector<fs::path> missing_folders(fs::path path) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (; !path.empty() && !fs::exists(path, ignored); path = path.parent_path()) missing.push_back(path);
  return missing;
}

// "res" for "res", "res/" and "./res/.".
fs::path tidy(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

}  // namespace

RunFolder::RunFolder(const fs::path& path) : path_(tidy(path)), made_here_(missing_folders(path_)) {
  std::error_code error;
  fs::create_directories(path_, error);
  if (error || !fs::is_directory(path_))
    fail(path_.string(), "the run folder cannot be made: " + (error ? error.message() : "a file is in its place"),
         "give another folder with respth=…");
  std::string holder;
  lock_ = FileLock::try_lock(path_ / kLockName, &holder);
  if (!lock_)
    fail(path_.string(), "another process is training here (" + holder + ")",
         "wait for it or stop it, or give this run a folder of its own with respth=…");
  remove_abandoned_files(path_);
  remove_abandoned_files(path_ / "checkpoints");
}

RunFolder::~RunFolder() {
  std::error_code error;
  const auto is_empty = [&] {  // where that cannot be told, it is not; nothing is thrown here
    for (fs::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().filename() != kLockName) return false;
    return !error;
  };
  if (made_here_.empty() || !is_empty()) return;
  fs::remove(path_ / kLockName, error);
  for (const fs::path& folder : made_here_) fs::remove(folder, error);  // unless others put something there
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

// The metrics file is the first that a run writes. A killed run may have left a part of the first line, or none.
bool RunFolder::has_been_used() const {
  constexpr std::string_view kStart = "{\"event\":";
  std::error_code ignored;
  if (!checkpoints().empty()) return true;
  if (!fs::is_regular_file(metrics_file(), ignored)) return false;
  Bytes start;
  disk().read_start(metrics_file(), kStart.size(), start);
  return kStart.starts_with(std::string_view(reinterpret_cast<const char*>(start.data()), start.size()));
}

std::vector<fs::path> RunFolder::files_of_own_names() const {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_))
    if (is_own(entry.path())) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::vector<fs::path> RunFolder::foreign_files() const {
  if (has_been_used()) return {};
  std::vector<fs::path> files = files_of_own_names();
  std::erase_if(files, [](const fs::path& path) {  // a run that was killed at once may have left it
    std::error_code ignored;
    return fs::is_directory(path, ignored) && fs::is_empty(path, ignored);
  });
  return files;
}

std::optional<fs::path> RunFolder::move_old_run_aside() const { return move_aside(files_of_own_names()); }

std::optional<fs::path> RunFolder::move_later_files_aside(std::int64_t step) const {
  std::vector<fs::path> files;
  for (const fs::path& checkpoint : checkpoints())
    if (*step_of(checkpoint) > step) files.push_back(checkpoint);
  for (const fs::path& weights : {final_weights(), final_torch_weights()})
    if (fs::exists(weights)) files.push_back(weights);
  return move_aside(files);
}

std::optional<fs::path> RunFolder::move_aside(const std::vector<fs::path>& files) const {
  if (files.empty()) return std::nullopt;
  const std::string stem = tidy(fs::absolute(path_)).string();
  fs::path aside;
  std::error_code error;  // of a name that is too long; making the folder says so
  for (int number = 1; aside.empty() || fs::exists(aside, error); ++number)
    aside = stem + ".old-" + std::to_string(number);
  error.clear();
  for (const fs::path& file : files) {
    const fs::path place = aside / file.lexically_relative(path_);
    if (!error) fs::create_directories(place.parent_path(), error);
    if (!error) fs::rename(file, place, error);
  }
  if (error)
    fail(aside.string(), "the old run cannot be moved there: " + error.message(),
         "move it away by hand, or give another folder with respth=…");
  return aside;
}

}  // namespace seg
