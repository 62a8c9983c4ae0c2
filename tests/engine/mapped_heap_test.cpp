// SPDX-License-Identifier: Apache-2.0
#include "engine/mapped_heap.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "engine/sanitizer.h"
#include "tests/engine/support/address_space.h"
#include "tests/support/child_process.h"

namespace seg {
namespace {

using testing::can_be_mapped;

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::size_t kReserve = 50 * kMiB;

// In a process that has so much address space left. The body returns 1 if all is well.
void expect_in_space(std::int64_t bytes, const std::function<int(MappedHeap&)>& body) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  const auto code = [&] {
    MappedHeap heap(kReserve);
    ::malloc_trim(0);  // or what earlier tests have left would come to it on top
    return testing::limit_space_left(bytes) ? body(heap) : 2;
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

// Until it is refused.
std::vector<void*> filled(MappedHeap& heap, std::int64_t size) {
  std::vector<void*> blocks;
  while (void* const block = heap.allocate(static_cast<std::size_t>(size))) blocks.push_back(block);
  return blocks;
}

TEST(MappedHeap, BlocksAreThoseOfItsOwnAndDoNotOverlap) {
  MappedHeap heap(0);
  std::mt19937 random(3);
  struct Block {
    unsigned char* data;
    std::size_t size;
    unsigned char mark;
  };
  std::vector<Block> blocks;
  for (int i = 0; i < 2000; ++i) {
    if (blocks.size() < 20 || random() % 2 == 0) {
      const std::size_t size = 1 + random() % 100'000;
      auto* const data = static_cast<unsigned char*>(heap.allocate(size));
      ASSERT_NE(data, nullptr);
      blocks.push_back({data, size, static_cast<unsigned char>(random() % 256)});
      std::memset(data, blocks.back().mark, size);
    } else {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      const Block& block = blocks.back();
      for (std::size_t k = 0; k < block.size; k += 97) ASSERT_EQ(block.data[k], block.mark);
      ASSERT_TRUE(heap.deallocate(block.data));
      ASSERT_FALSE(heap.deallocate(block.data));
      blocks.pop_back();
    }
  }
  EXPECT_FALSE(heap.deallocate(&blocks));
  for (const Block& block : blocks) EXPECT_TRUE(heap.deallocate(block.data));
  EXPECT_EQ(heap.statistics().in_use, 0U);
}

TEST(MappedHeap, ASizeThatIsNoneIsRefused) {
  MappedHeap heap(0);
  EXPECT_EQ(heap.allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(heap.allocate(SIZE_MAX / 2), nullptr);
}

// What a step asks for again and again must not be pages that are fresh.
TEST(MappedHeap, AsksTheSystemOnlyOnceForWhatRepeatsItself) {
  MappedHeap heap(0);
  const auto step = [&] {
    std::vector<void*> blocks;
    for (std::size_t i = 1; i <= 20; ++i) blocks.push_back(heap.allocate(i * 65536));
    for (void* const block : blocks) (void)heap.deallocate(block);
  };
  step();
  EXPECT_EQ(heap.statistics().num_mapped, 20U);
  for (int i = 0; i < 2; ++i) step();  // pieces that the system put apart find their places
  const std::uint64_t settled = heap.statistics().num_mapped;
  EXPECT_LE(settled, 22U);
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(heap.statistics().num_mapped, settled);
}

TEST(MappedHeap, RefusesABlockThatLeavesNoReserve) {
  expect_in_space(300 * kMiB, [](MappedHeap& heap) {
    const std::size_t count = filled(heap, kMiB).size();
    if (count < 240 || count > 250) return 3;
    return can_be_mapped(kReserve - 5 * kMiB) ? 1 : 4;
  });
}

// Each second block is freed: half the space, no two pieces of it together.
TEST(MappedHeap, GivesOnePieceOfWhatHasFallenIntoMany) {
  expect_in_space(300 * kMiB, [](MappedHeap& heap) {
    const std::vector<void*> blocks = filled(heap, kMiB);
    for (std::size_t i = 0; i < blocks.size(); i += 2) (void)heap.deallocate(blocks[i]);
    const std::size_t free = heap.statistics().free;
    if (free < 100 * kMiB) return 3;
    if (heap.allocate(free) == nullptr) return 4;
    return heap.statistics().free == 0 && heap.allocate(kMiB) == nullptr ? 1 : 5;
  });
}

TEST(MappedHeap, GivesItThoughTheReserveIsInUse) {
  expect_in_space(300 * kMiB, [](MappedHeap& heap) {
    const std::vector<void*> blocks = filled(heap, kMiB);
    for (std::size_t i = 0; i < blocks.size(); i += 2) (void)heap.deallocate(blocks[i]);
    if (!can_be_mapped(40 * kMiB)) return 3;
    const std::size_t free = heap.statistics().free;
    if (heap.allocate(free + kMiB) != nullptr) return 4;  // more than it has
    if (heap.statistics().free != free) return 5;         // and it has lost nothing by being asked
    return heap.allocate(free) != nullptr ? 1 : 6;
  });
}

// As many blocks as if they had taken nothing.
TEST(MappedHeap, WhatOthersTakeOfTheReserveTakesNothingFromBlocks) {
  const auto count_beside = [](std::int64_t others) {
    return [others](MappedHeap& heap) {
      const std::size_t first = 100;
      for (std::size_t i = 0; i < first; ++i) (void)heap.allocate(kMiB);
      heap.let_others_grow();
      if (heap.reserve() != kReserve) return 6;
      if (!can_be_mapped(static_cast<std::size_t>(others))) return 3;
      if (heap.reserve() > kReserve - static_cast<std::size_t>(others)) return 7;
      const std::size_t count = first + filled(heap, kMiB).size();
      if (count < 240 || count > 250) return 4;
      return can_be_mapped(kReserve / 3 - kMiB) ? 1 : 5;
    };
  };
  expect_in_space(300 * kMiB, count_beside(5 * kMiB));
  expect_in_space(300 * kMiB, count_beside(30 * kMiB));
}

TEST(MappedHeap, OthersMayNotTakeTheWholeReserve) {
  expect_in_space(300 * kMiB, [](MappedHeap& heap) {
    heap.let_others_grow();
    if (!can_be_mapped(200 * kMiB)) return 3;
    (void)filled(heap, kMiB);
    return !can_be_mapped(kReserve / 3 + 2 * kMiB) && can_be_mapped(kReserve / 3 - 2 * kMiB) ? 1 : 4;
  });
}

TEST(MappedHeap, WhatItGivesBackOthersCanHave) {
  expect_in_space(300 * kMiB, [](MappedHeap& heap) {
    for (void* const block : filled(heap, kMiB)) (void)heap.deallocate(block);
    if (can_be_mapped(200 * kMiB)) return 3;
    if (heap.trim() < 240 * kMiB || heap.statistics().free != 0) return 4;
    return can_be_mapped(200 * kMiB) ? 1 : 5;
  });
}

}  // namespace
}  // namespace seg
