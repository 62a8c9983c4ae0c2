// SPDX-License-Identifier: Apache-2.0
// The record of what earlier scans found in a split's files (dataset/scan_record.h), where a config keeps it: in the
// folder of the caches (cache_dir), whether there is a cache or not.
//
// A record only saves time: where none can be read or written, everything is scanned, and the user is told once what to
// try. Not thread-safe, but that scans may use its record meanwhile.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "dataset/scan_record.h"

namespace seg {

struct KeptScanOptions {
  Split split = Split::train;
  bool forgets = false;    // what was found earlier
  bool is_written = true;  // with what is found now
};

class KeptScan {
 public:
  // Data set and log must outlive it.
  KeptScan(const Config& config, const Dataset& dataset, const KeptScanOptions& options, Log& log);

  // Nothing where samples come from no files, or there is no folder for caches.
  ScanRecord* record() noexcept { return record_.get(); }

  // With what was found since.
  void save();

  // The same from within a scan, which may be killed: one second after the start, then after two more, four, and so on
  // up to once a minute.
  void save_now_and_then(double now = seconds_now());

 private:
  void tell_once(const std::string& where, const UserError& error);

  Log& log_;
  std::filesystem::path folder_;  // of the data set's caches
  std::unique_ptr<ScanRecord> record_;
  double pause_, next_save_;
};

}  // namespace seg
