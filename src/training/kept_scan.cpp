// SPDX-License-Identifier: Apache-2.0
#include "training/kept_scan.h"

#include <filesystem>

#include "base/error.h"
#include "base/machine.h"
#include "dataset/decoding.h"
#include "loader/cache_folder.h"

namespace seg {
namespace {

// Of all splits at once, so `where` is what they share.
void tell_once(const std::string& where, const UserError& error, Log& log) {
  log.info_once("what is found in the files is not kept for the next start: " + where + ": " +
                error.problems().front().what);
}

}  // namespace

std::unique_ptr<ScanRecord> open_kept_scan(const Config& config, const Dataset& dataset, const KeptScanOptions& options,
                                           Log& log) {
  if (dataset.size() == 0 || dataset.files(0).images.empty()) return nullptr;
  try {
    const std::filesystem::path folder =
        cache_folder(config.loader.cache_dir, config.dataset.dataset, cache_text(config.dataset, dataset.traits()));
    return std::make_unique<ScanRecord>(
        dataset, scan_record_path(folder, config.dataset, options.split),
        ScanRecordOptions{
            .threads = usable_processors(), .forgets = options.forgets, .is_written = options.is_written});
  } catch (const UserError& error) {
    tell_once("cache_dir", error, log);
    return nullptr;
  }
}

void keep_scan(ScanRecord* record, Log& log) {
  if (record == nullptr) return;
  try {
    record->save();
  } catch (const UserError& error) {
    tell_once(record->file().parent_path().parent_path().string(), error, log);
  }
}

}  // namespace seg
