// SPDX-License-Identifier: Apache-2.0
// What a cache may still take, of memory or of disk: first come, first kept. Thread-safe.
#pragma once
#include <atomic>
#include <cstdint>

namespace seg {

class CacheBudget {
 public:
  explicit CacheBudget(std::int64_t bytes) : left_(bytes) {}
  bool take(std::int64_t bytes) noexcept;
  void give_back(std::int64_t bytes) noexcept { left_ += bytes; }

  // For what is there already, whether there is room for it or not. If there was none, nothing can be taken before as
  // much has been given back.
  void charge(std::int64_t bytes) noexcept { left_ -= bytes; }

 private:
  std::atomic<std::int64_t> left_;
};

}  // namespace seg
