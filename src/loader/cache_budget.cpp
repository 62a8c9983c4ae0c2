// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_budget.h"

namespace seg {

bool CacheBudget::take(std::int64_t bytes) noexcept {
  std::int64_t left = left_;
  while (left >= bytes)
    if (left_.compare_exchange_weak(left, left - bytes)) return true;
  return false;
}

}  // namespace seg
