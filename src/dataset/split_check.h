// SPDX-License-Identifier: Apache-2.0
// Everything that can be said about one split of a data set before anybody trains on it: labels, images, and whether
// the config's statistics are those of the images.
//
// The result does not depend on the number of threads, but for the seconds. Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dataset/dataset.h"
#include "dataset/image_scan.h"
#include "dataset/scan.h"

namespace seg {

struct SplitCheckOptions {
  std::int64_t num_classes = 0;
  Split split = Split::train;
  std::int64_t may_skip = 0;  // unreadable samples that are told as one warning
  int threads = 1;
  ScanRecord* record = nullptr;  // what it knows is not read again; what is found is added to it
  // Called now and then, by one thread at a time, with what is looked at ("labels", "images") and how many are done.
  std::function<void(std::string_view what, std::size_t done)> progress = {};
};

struct SplitCheck {
  ScanReport labels;
  ImageScan images;
  std::vector<Problem> problems;  // training must not start
  std::vector<Problem> warnings;  // it may, but the user should know
};

SplitCheck check_split(const Dataset& dataset, const SplitCheckOptions& options);

// A class below this share of the counted pixels, or in fewer images than that, is hard to learn.
inline constexpr double kTinyShare = 1e-4;
inline constexpr std::int64_t kFewImages = 3;

}  // namespace seg
