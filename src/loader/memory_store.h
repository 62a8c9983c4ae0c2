// SPDX-License-Identifier: Apache-2.0
// Samples that are kept in memory, as long as a budget lasts. Several stores may share a budget. Thread-safe.
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "base/buffer_source.h"
#include "loader/cache_budget.h"
#include "loader/sample_store.h"

namespace seg {

class MemoryStore final : public SampleStore {
 public:
  // The budget must outlive the store.
  MemoryStore(std::size_t size, CacheBudget& budget, std::optional<std::uint8_t> distances = {})
      : SampleStore(size, distances), budget_(budget) {}

 private:
  bool take_room(std::int64_t bytes) override { return budget_.take(bytes); }
  void give_room_back(std::int64_t bytes) noexcept override { budget_.give_back(bytes); }
  std::span<const std::byte> store(std::size_t index, const SamplePacker& packed) override;

  CacheBudget& budget_;
  std::mutex mutex_;  // of the list, not of what is in it
  std::vector<Buffer> buffers_;
};

}  // namespace seg
