// SPDX-License-Identifier: Apache-2.0
#include "loader/memory_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
namespace seg {
namespace {

TEST(MemoryStore, KeepsACopyAlignedForItsPixels) {
  const ImageLayout layout{.height = 20, .width = 30, .channels = 3};
  Image image(layout);
  std::ranges::fill(image.bytes(), std::byte{7});
  const LabelMap label(20, 30);
  SamplePacker packed;
  packed.take(image, label);
  CacheBudget budget(1'000'000);
  MemoryStore store(2, budget);
  EXPECT_FALSE(store.find(1));
  ASSERT_TRUE(store.claim(1, layout));
  store.keep(1, packed);
  const auto found = store.find(1);
  ASSERT_TRUE(found);
  const auto place = reinterpret_cast<std::uintptr_t>(found->image().row<std::uint8_t>(0).data());
  EXPECT_EQ(place % kPackedAlignment, 0U);
  EXPECT_TRUE(std::ranges::equal(found->image().row<std::uint8_t>(3), image.row<std::uint8_t>(3)));
  // What was taken for labels that do not shrink has been given back.
  EXPECT_TRUE(budget.take(1'000'000 - static_cast<std::int64_t>(packed.size())));
  EXPECT_FALSE(budget.take(1));
}

}  // namespace
}  // namespace seg
