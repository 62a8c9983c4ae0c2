// SPDX-License-Identifier: Apache-2.0
// The record of what earlier scans found in a split's files (dataset/scan_record.h), where a config keeps it: in the
// folder of the caches (cache_dir), whether there is a cache or not.
//
// A record only saves time: where none can be read or written, everything is scanned, and the user is told once.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "base/log.h"
#include "config/config.h"
#include "dataset/scan_record.h"

namespace seg {

struct KeptScanOptions {
  Split split = Split::train;
  bool forgets = false;    // what was found earlier
  bool is_written = true;  // with what is found now
};

// Nothing where samples come from no files, or there is no folder for caches.
std::unique_ptr<ScanRecord> open_kept_scan(const Config& config, const Dataset& dataset, const KeptScanOptions& options,
                                           Log& log);

// With what was found since. Nothing if there is no record.
void keep_scan(ScanRecord* record, Log& log);

}  // namespace seg
