// SPDX-License-Identifier: Apache-2.0
#include "training/sanity_check.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "training/checkpoint.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// Named as an unfinished file, so that the next run takes it away should this process be killed now.
constexpr const char* kFileName = "sanity_check.partial-0-0";

// Removes the file on every way out.
class RemovedFile {
 public:
  explicit RemovedFile(fs::path path) : path_(std::move(path)) {}
  ~RemovedFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  RemovedFile(const RemovedFile&) = delete;
  RemovedFile& operator=(const RemovedFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

void rehearse_evaluation(Validation& validation, Rehearsal& result) {
  const double start = seconds_now();
  result.images = validation.rehearse(kImagesRehearsed);
  result.evaluation_seconds = seconds_now() - start;
}

void rehearse_checkpoint(const RunFolder& folder, const std::function<void(const fs::path&)>& save, Rehearsal& result) {
  const double start = seconds_now();
  const RemovedFile file(folder.path() / kFileName);
  save(file.path());
  (void)read_run_state(file.path());  // and its checksum
  result.checkpoint_bytes = static_cast<std::int64_t>(fs::file_size(file.path()));
  result.checkpoint_seconds = seconds_now() - start;
}

std::string rehearsal_text(const Rehearsal& result, std::int64_t images) {
  const double seconds = result.evaluation_seconds * static_cast<double>(images) /
                         static_cast<double>(std::max<std::int64_t>(result.images, 1));
  return "rehearsed: " + std::to_string(result.images) + " images evaluated in " +
         duration_text(result.evaluation_seconds) + " (all " + std::to_string(images) + ": about " +
         duration_text(seconds) + "), a checkpoint of " + bytes_text(result.checkpoint_bytes) +
         " written and read back in " + duration_text(result.checkpoint_seconds) +
         "; how long training takes is told with the first steps";
}

}  // namespace seg
