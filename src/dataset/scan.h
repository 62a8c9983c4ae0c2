// SPDX-License-Identifier: Apache-2.0
// Looks at every label before training: what would otherwise fail, or quietly spoil the result, hours later.
//
// Every label file is decoded and checked against the header of its image; pixels are counted by class, after the label
// map. Images are not decoded, but one whose file was cut short is found. The result does not depend on the number of
// threads, nor on what a record knows. Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/error.h"
#include "dataset/dataset.h"
#include "dataset/scan_record.h"

namespace seg {

struct ScanOptions {
  std::int64_t num_classes = 0;
  Split split = Split::train;  // of validation data nothing is learned: its classes may be few
  std::int64_t may_skip = 0;   // this many unreadable samples are told as one warning; more are problems
  int threads = 1;
  std::size_t problems_in_full = 10;  // of each kind; the others are counted
  ScanRecord* record = nullptr;       // samples that it knows are not read; the others are added to it
  // Called now and then with the number of samples done, by one thread at a time.
  std::function<void(std::size_t done)> progress = {};
};

struct ClassCount {
  std::int64_t pixels = 0;
  std::int64_t images = 0;            // that show the class
  std::int64_t pixels_of_images = 0;  // of any class, in these images
  double share = 0;                   // of the pixels that count
};

struct ScanReport {
  std::vector<Problem> problems;    // training must not start
  std::vector<Problem> warnings;    // it may, but the user should know
  std::size_t samples = 0;          // looked at
  std::size_t bad_samples = 0;      // with a problem
  std::size_t num_known = 0;        // from the record
  std::vector<ClassCount> classes;  // num_classes entries
  std::int64_t ignored_pixels = 0;
  std::int64_t invalid_pixels = 0;  // of no class and not ignored
  ImageLayout smallest, largest;    // by number of pixels; of the samples whose files could be read
};

ScanReport scan_labels(const Dataset& dataset, const ScanOptions& options);

}  // namespace seg
