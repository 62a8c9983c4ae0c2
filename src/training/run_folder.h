// SPDX-License-Identifier: Apache-2.0
// The folder of a run: one process owns it, and it knows its checkpoints.
//
// Ownership is a lock that ends with the process. A folder that was made here and got no content is taken away again,
// so that a run that could not start leaves nothing. Only files that a run writes are ever moved or removed: the folder
// may hold others. Errors are UserErrors that name the folder.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "training/checkpoint.h"

namespace seg {

struct FoundCheckpoint {
  std::filesystem::path path;
  RunState state;
};

class RunFolder {
 public:
  // Makes the folder if need be and takes the lock; if another process has it, says who.
  explicit RunFolder(const std::filesystem::path& path);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path config_file() const { return path_ / "config.toml"; }
  std::filesystem::path metrics_file() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path batch_picture() const { return path_ / "train_batch.png"; }
  std::filesystem::path prediction_picture() const { return path_ / "predictions.png"; }
  std::filesystem::path worst_picture() const { return path_ / "worst_predictions.png"; }
  std::filesystem::path final_weights() const { return path_ / "model_final.safetensors"; }
  std::filesystem::path final_torch_weights() const { return path_ / "model_final.pth"; }  // the same for Python
  std::filesystem::path trace() const { return path_ / "trace.json"; }
  std::filesystem::path bad_batch() const { return path_ / "bad_batch.safetensors"; }
  std::filesystem::path checkpoint(std::int64_t step) const;

  // Newest first, by the steps in their names; whether they are valid is not looked at.
  std::vector<std::filesystem::path> checkpoints() const;
  // The newest one that is whole; damaged ones are told to the log.
  std::optional<FoundCheckpoint> newest_valid_checkpoint(Log& log) const;
  // Removes all but the `keep` newest and that of step `best`.
  void prune(std::int64_t keep, std::optional<std::int64_t> best) const;

  // What has a name that a run writes, though no run has been here (none left a line of metrics or a checkpoint).
  std::vector<std::filesystem::path> foreign_files() const;

  // Moves what an earlier run left into a folder beside this one; returns where. Nothing to move: no value.
  std::optional<std::filesystem::path> move_old_run_aside() const;
  // The same for what does not belong to a run that goes on after `step`: checkpoints beyond it (damaged, or of a part
  // that is run again) and final weights.
  std::optional<std::filesystem::path> move_later_files_aside(std::int64_t step) const;

 private:
  bool has_been_used() const;
  std::vector<std::filesystem::path> files_of_own_names() const;
  std::optional<std::filesystem::path> move_aside(const std::vector<std::filesystem::path>& files) const;

  std::filesystem::path path_;
  std::vector<std::filesystem::path> made_here_;  // folders, the innermost first
  std::optional<FileLock> lock_;
};

}  // namespace seg
