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
  std::int64_t left() const noexcept { return left_; }  // below 0 if more is taken than there is: see charge()

  // For what is there already, whether there is room for it or not.
  void charge(std::int64_t bytes) noexcept { left_ -= bytes; }

 private:
  std::atomic<std::int64_t> left_;
};

}  // namespace seg
