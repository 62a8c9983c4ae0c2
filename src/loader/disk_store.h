// SPDX-License-Identifier: Apache-2.0
// Samples that are kept on disk, for later runs as well; the stores of several data sets may share a file.
//
// A sample is found again by its key (dataset/sample_key.h): one whose file was changed is made anew, and the old one
// never used. Thread-safe.
#pragma once
#include <optional>
#include <vector>

#include "dataset/dataset.h"
#include "dataset/sample_key.h"
#include "loader/cache_file.h"
#include "loader/sample_store.h"

namespace seg {

class DiskStore final : public SampleStore {
 public:
  // Both must outlive the store.
  DiskStore(const Dataset& dataset, CacheFile& file, std::optional<std::uint8_t> distances = {})
      : SampleStore(dataset.size(), distances), dataset_(dataset), file_(file), keys_(dataset.size()) {}

 private:
  std::span<const std::byte> look_up(std::size_t index) override;
  bool take_room(std::int64_t bytes) override { return file_.take_room(bytes); }
  void give_room_back(std::int64_t bytes) noexcept override { file_.give_room_back(bytes); }
  std::span<const std::byte> store(std::size_t index, const SamplePacker& packed) override;
  void dropped(std::size_t index) noexcept override;

  const Dataset& dataset_;
  CacheFile& file_;
  std::vector<std::optional<SampleKey>> keys_;  // each written by look_up(), before the sample can be claimed
};

}  // namespace seg
