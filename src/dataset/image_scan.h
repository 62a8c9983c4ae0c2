// SPDX-License-Identifier: Apache-2.0
// Decodes every image of a data set, all of it: files that are damaged anywhere, mean and deviation of the channels,
// and a fingerprint of each image by which copies are found.
//
// The result does not depend on the number of threads, nor on what a record knows, but for the bytes and the seconds.
// Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "dataset/dataset.h"
#include "dataset/scan_record.h"

namespace seg {

struct ImageScanOptions {
  int threads = 1;
  std::size_t problems_in_full = 10;  // the others are counted
  ScanRecord* record = nullptr;       // images that it knows are not read; the others are added to it
  // Called now and then with the number of images done, by one thread at a time.
  std::function<void(std::size_t done)> progress = {};
};

struct ImageScan {
  std::vector<Problem> problems;
  std::vector<std::optional<Fingerprint>> fingerprints;  // of each sample; nothing: it could not be read
  std::vector<double> mean, deviation;                   // of each channel, where 1 is the largest value; may be empty
  std::size_t num_known = 0;                             // from the record
  std::int64_t bytes_read = 0;
  double read_seconds = 0, decode_seconds = 0;  // of one thread, added up
};

ImageScan scan_images(const Dataset& dataset, const ImageScanOptions& options);

// Images of one split, and what is known of them.
struct ScannedSplit {
  const Dataset& dataset;
  const ImageScan& scan;
};

// Images of the validation data that are in the training data as well: a result that flatters.
std::vector<Problem> shared_images(const ScannedSplit& train, const ScannedSplit& validation);

// Images that a split holds more than once under different names. The same name twice is taken as meant.
std::vector<Problem> repeated_images(const ScannedSplit& split, const std::string& where);

}  // namespace seg
