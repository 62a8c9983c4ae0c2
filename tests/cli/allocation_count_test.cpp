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

int num_handled = 0;

TEST(AllocationCount, AsksTheNewHandlerForRoomAsAnyOperatorNew) {
  const std::new_handler before = std::set_new_handler([] {
    if (++num_handled == 3) throw std::bad_alloc();
  });
  EXPECT_THROW(::operator delete(::operator new (std::size_t{1} << 60)), std::bad_alloc);
  std::set_new_handler(before);
  EXPECT_EQ(num_handled, 3);
}

}  // namespace
}  // namespace seg
