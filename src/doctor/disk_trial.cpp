// SPDX-License-Identifier: Apache-2.0
#include "doctor/disk_trial.h"

#include <unistd.h>

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/read_speed.h"
#include "base/signals.h"

namespace seg {
namespace {

constexpr std::size_t kFiles = 8;

// Numbers that no file system can make smaller.
std::string noise(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint64_t state = 1;
  for (char& letter : text) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    letter = static_cast<char>(state >> 56);
  }
  return text;
}

class TrialFolder {
 public:
  explicit TrialFolder(const std::filesystem::path& parent)
      : path_(parent / (".segtrain-doctor-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~TrialFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TrialFolder(const TrialFolder&) = delete;
  TrialFolder& operator=(const TrialFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

std::optional<double> disk_read_speed(const std::filesystem::path& folder, std::size_t bytes) {
  try {
    const TrialFolder trial(folder);
    const std::string text = noise(bytes / kFiles);
    std::vector<std::vector<std::string>> files;
    for (std::size_t i = 0; i < kFiles; ++i) {
      if (stop_requested()) throw StopRequested();
      const std::filesystem::path path = trial.path() / std::to_string(i);
      write_file(path, text);
      files.push_back({path.string()});
    }
    const ReadSpeed speed = measure_read_speed(files, {});
    if (stop_requested()) throw StopRequested();
    if (speed.num_groups == 0 || speed.seconds <= 0) return std::nullopt;
    return static_cast<double>(speed.bytes) / speed.seconds;
  } catch (const UserError&) {
    return std::nullopt;
  } catch (const std::filesystem::filesystem_error&) {
    return std::nullopt;
  }
}

}  // namespace seg
