// SPDX-License-Identifier: Apache-2.0
#include "cli/allocation_count.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <new>

namespace seg {
namespace {

struct alignas(128) Aligned {
  char bytes[128];
};

TEST(AllocationCount, CountsEachCallOfOperatorNew) {
  const std::int64_t before = num_allocations();
  ::operator delete(::operator new(10));
  ::operator delete[](::operator new[](10));
  const auto aligned = std::make_unique<Aligned>();
  EXPECT_EQ(num_allocations() - before, 3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned.get()) % alignof(Aligned), 0U);
}

}  // namespace
}  // namespace seg
