// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_record.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>
#include <thread>
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

using EntriesByKey = std::unordered_map<SampleKey, ScanEntry, SampleKeyHash>;

EntriesByKey entries_of(std::string_view text) {
  EntriesByKey entries;
  for (const ScanEntry& entry : read_scan_file(text)) entries[entry.key] = entry;
  return entries;
}

// Nobody takes long to write a record.
std::optional<FileLock> wait_for(const fs::path& lock) {
  constexpr int kAttempts = 20;
  constexpr std::chrono::milliseconds kBetween{50};
  for (int attempt = 1;; ++attempt) {
    auto taken = FileLock::try_lock(lock, nullptr);
    if (taken || attempt == kAttempts) return taken;
    std::this_thread::sleep_for(kBetween);
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
  const EntriesByKey found = entries_of(text_);
  for (Facts& facts : facts_) {
    const auto entry = facts.key ? found.find(*facts.key) : found.end();
    if (entry == found.end()) continue;
    facts.labels = entry->second.labels;
    facts.image = entry->second.image;
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
  {
    const std::lock_guard lock(mutex_);
    if (num_saved_ == num_kept_ || !is_written_) return;
  }
  const fs::path folder = file_.parent_path();
  make_folder(folder);
  const auto writer = wait_for(folder / "lock");
  if (!writer) return;
  // Others may have written since this record was read, and whoever forgets has not read it.
  const std::string there = text_of(file_);
  const EntriesByKey others = entries_of(there);
  std::string text = scan_file_head();
  std::size_t num_in_text = 0;
  {
    const std::lock_guard lock(mutex_);
    num_in_text = num_kept_;
    for (const Facts& facts : facts_) {
      if (!facts.key) continue;
      ScanEntry entry{.key = *facts.key, .labels = facts.labels, .image = facts.image};
      if (const auto other = others.find(entry.key); other != others.end()) {
        if (entry.labels.empty()) entry.labels = other->second.labels;
        if (entry.image.empty()) entry.image = other->second.image;
      }
      if (!entry.labels.empty() || !entry.image.empty()) append_scan_entry(text, entry);
    }
  }
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
