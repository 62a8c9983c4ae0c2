// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_record.h"

#include <fmt/format.h>

#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "config/dataset.h"
#include "dataset/scan_file.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// An unreadable record is none.
std::string text_of(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return {};
  try {
    return read_text(file);
  } catch (const UserError&) {
    return {};
  }
}

// As list files are looked for: as they are named, and else below the root.
fs::path place_of(const std::string& name, const std::string& root) {
  std::error_code ignored;
  return fs::absolute(fs::exists(name, ignored) ? fs::path(name) : fs::path(root) / name, ignored).lexically_normal();
}

}  // namespace

ScanRecord::ScanRecord(const Dataset& dataset, fs::path file, const ScanRecordOptions& options)
    : file_(std::move(file)), is_written_(options.is_written), facts_(dataset.size()) {
  if (dataset.size() == 0 || dataset.files(0).images.empty()) return;
  const auto keys = keys_of_samples(dataset, options.threads);
  for (std::size_t i = 0; i < keys.size(); ++i) facts_[i].key = keys[i];
  if (!options.forgets) find_in(text_of(file_));
}

void ScanRecord::find_in(std::string text) {
  text_ = std::move(text);
  std::unordered_map<SampleKey, const ScanEntry*, SampleKeyHash> found;
  const std::vector<ScanEntry> entries = read_scan_file(text_);
  for (const ScanEntry& entry : entries) found[entry.key] = &entry;
  for (Facts& facts : facts_) {
    const auto entry = facts.key ? found.find(*facts.key) : found.end();
    if (entry == found.end()) continue;
    facts.labels = entry->second->labels;
    facts.image = entry->second->image;
  }
}

std::optional<LabelFacts> ScanRecord::labels(std::size_t i) const {
  const std::lock_guard lock(mutex_);
  return label_facts(facts_[i].labels);
}

std::optional<ImageFacts> ScanRecord::image(std::size_t i) const {
  const std::lock_guard lock(mutex_);
  return image_facts(facts_[i].image);
}

void ScanRecord::keep(std::size_t i, const LabelFacts& facts) { keep(i, &Facts::labels, packed(facts)); }
void ScanRecord::keep(std::size_t i, const ImageFacts& facts) { keep(i, &Facts::image, packed(facts)); }

void ScanRecord::keep(std::size_t i, std::string_view Facts::*member, std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (!facts_[i].key) return;
  facts_[i].*member = added_.emplace_back(std::move(bytes));
  ++num_kept_;
}

void ScanRecord::save() {
  std::string text = scan_file_head();
  std::size_t num_in_text = 0;
  {
    const std::lock_guard lock(mutex_);
    if (num_saved_ == num_kept_ || !is_written_) return;
    num_in_text = num_kept_;
    for (const Facts& facts : facts_)
      if (facts.key && !(facts.labels.empty() && facts.image.empty()))
        append_scan_entry(text, {.key = *facts.key, .labels = facts.labels, .image = facts.image});
  }
  const fs::path folder = file_.parent_path();
  make_folder(folder);
  const auto writer = FileLock::try_lock(folder / "lock", nullptr);
  if (!writer) return;  // another process writes the same at this moment
  remove_abandoned_files(folder);
  write_file(file_, text);
  const std::lock_guard lock(mutex_);
  num_saved_ = num_in_text;
}

fs::path scan_record_path(const fs::path& cache_folder, const DatasetConfig& config, Split split) {
  const std::string& list = split == Split::train ? config.train_im_anns : config.val_im_anns;
  const std::string place = place_of(list, config.im_root).string();
  return cache_folder / fmt::format("scan-{:016x}", hash_of(place.data(), place.size())) / "record";
}

}  // namespace seg
