// SPDX-License-Identifier: Apache-2.0
#include "dataset/disk_speed.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/read_speed.h"

namespace seg {
namespace {

constexpr std::size_t kTimed = 64;  // samples

}  // namespace

DiskSpeed measure_disk(const Dataset& dataset, int threads) {
  const std::size_t count = std::min(kTimed, dataset.size());
  std::vector<std::vector<std::string>> groups;
  std::set<std::string> images;
  for (std::size_t k = 0; k < count; ++k) {
    SampleFiles files = dataset.files(k * dataset.size() / count);
    if (files.images.empty()) return {};
    images.insert(files.images.front());
    groups.push_back(std::move(files.images));
    if (!files.label.empty()) groups.back().push_back(std::move(files.label));
  }
  if (images.size() < count) return {};  // a file of many samples is not read as a whole
  const ReadSpeed read = measure_read_speed(groups, {.threads = threads});
  if (read.num_groups == 0 || read.seconds <= 0) return {};
  const auto num_read = static_cast<double>(read.num_groups), bytes = static_cast<double>(read.bytes);
  return {.num_samples = read.num_groups,
          .bytes_per_second = bytes / read.seconds,
          .samples_per_second = num_read / read.seconds,
          .bytes_of_all = static_cast<std::int64_t>(bytes / num_read * static_cast<double>(dataset.size()))};
}

}  // namespace seg
