// SPDX-License-Identifier: Apache-2.0
// What scans have found in the files of a data set, kept in a file so that a later scan need not decode them again.
//
// The facts of a sample are found again by its key (sample_key.h); those of files that changed since are not. Nothing
// is kept of samples that no file holds, or whose files could not be used: those are looked at in every scan.
// Memory: the record's file (about 120 bytes a sample) and 60 bytes a sample. Thread-safe.
#pragma once
#include <cstddef>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/dataset.h"
#include "dataset/sample_key.h"
#include "dataset/scan_facts.h"

namespace seg {

struct ScanRecordOptions {
  int threads = 1;         // that look at files
  bool forgets = false;    // tells nothing of what the file says, so that everything is scanned again
  bool is_written = true;  // save() does something
};

class ScanRecord {
 public:
  // Looks at every sample's files, but opens none of them. A record that cannot be read, is damaged or of another
  // version says so much less.
  ScanRecord(const Dataset& dataset, std::filesystem::path file, const ScanRecordOptions& options);

  const std::filesystem::path& file() const noexcept { return file_; }

  std::optional<LabelFacts> labels(std::size_t i) const;
  std::optional<ImageFacts> image(std::size_t i) const;
  // Of files that were read after this record was made.
  void keep(std::size_t i, const LabelFacts& facts);
  void keep(std::size_t i, const ImageFacts& facts);

  // Writes what is known now, if anything of it is new, and what the file says besides of these samples; with its
  // folder if need be, and as a whole. A process that writes the same file is waited for, for a second; what could not
  // be written then waits for the next call. UserError if it cannot be written.
  void save();

 private:
  struct Facts {
    std::optional<SampleKey> key;
    std::string_view labels, image;  // in text_ or in added_; empty: nothing is known
  };

  void find_in(std::string text);
  void keep(std::size_t i, std::string_view Facts::*member, std::string bytes);

  const std::filesystem::path file_;
  const bool is_written_;
  std::string text_;  // of the file, as it was
  mutable std::mutex mutex_;
  std::vector<Facts> facts_;
  std::deque<std::string> added_;
  std::size_t num_kept_ = 0, num_saved_ = 0;  // calls of keep(), and those that the file has seen
};

// Where the record of a split lies below the folder that a data set has for its caches: each list has a folder there.
std::filesystem::path scan_record_path(const std::filesystem::path& cache_folder, const DatasetConfig& config,
                                       Split split);

}  // namespace seg
