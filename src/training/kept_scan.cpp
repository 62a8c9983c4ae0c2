// SPDX-License-Identifier: Apache-2.0
#include "training/kept_scan.h"

#include <algorithm>

#include "base/error.h"
#include "base/machine.h"
#include "dataset/decoding.h"
#include "loader/cache_folder.h"

namespace seg {
namespace {

constexpr double kFirstPause = 1, kLongestPause = 60;  // seconds

}  // namespace

KeptScan::KeptScan(const Config& config, const Dataset& dataset, const KeptScanOptions& options, Log& log)
    : log_(log), pause_(kFirstPause), next_save_(seconds_now() + kFirstPause) {
  if (dataset.size() == 0 || dataset.files(0).images.empty()) return;
  try {
    folder_ =
        cache_folder(config.loader.cache_dir, config.dataset.dataset, cache_text(config.dataset, dataset.traits()));
    record_ = std::make_unique<ScanRecord>(
        dataset, scan_record_path(folder_, config.dataset, options.split),
        ScanRecordOptions{
            .threads = usable_processors(), .forgets = options.forgets, .is_written = options.is_written});
  } catch (const UserError& error) {
    tell_once("cache_dir", error);
  }
}

void KeptScan::save() {
  if (record_ == nullptr) return;
  try {
    record_->save();
  } catch (const UserError& error) {
    tell_once(folder_.string(), error);
  }
}

void KeptScan::save_now_and_then(double now) {
  if (now < next_save_) return;
  save();
  pause_ = std::min(2 * pause_, kLongestPause);
  next_save_ = now + pause_;
}

// Of all splits at once, so `where` is what they share.
void KeptScan::tell_once(const std::string& where, const UserError& error) {
  const Problem& problem = error.problems().front();
  log_.info_once("what is found in the files is not kept for the next start: " + where + ": " + problem.what +
                 ". Try: " + problem.remedy);
}

}  // namespace seg
