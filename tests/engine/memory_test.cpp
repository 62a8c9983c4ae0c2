// SPDX-License-Identifier: Apache-2.0
#include "engine/memory.h"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <new>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/machine.h"

namespace seg {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

ArenaOptions small_arena(std::size_t cap = 0) { return {.reserve = 64 * kMiB, .cap = cap, .huge_pages = false}; }

// What is in use, told independently; blocks are filled with their own number, so that an overlap shows.
class ShadowModel {
 public:
  explicit ShadowModel(Arena& arena) : arena_(arena) {}

  void allocate(std::size_t size, unsigned char mark) {
    auto* const block = static_cast<unsigned char*>(arena_.allocate(size));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 4096, 0U);
    EXPECT_TRUE(arena_.owns(block));
    EXPECT_TRUE(arena_.owns(block + size - 1));
    std::memset(block, mark, size);
    const auto next = blocks_.lower_bound(block);
    if (next != blocks_.end()) {
      EXPECT_LE(block + size, next->first);
    }
    if (next != blocks_.begin()) {
      EXPECT_LE(std::prev(next)->first + std::prev(next)->second.size, block);
    }
    blocks_[block] = {size, mark};
  }

  void deallocate(std::size_t index) {
    const auto block = std::next(blocks_.begin(), static_cast<std::ptrdiff_t>(index % blocks_.size()));
    for (std::size_t i = 0; i < block->second.size; i += 997) ASSERT_EQ(block->first[i], block->second.mark);
    arena_.deallocate(block->first);
    blocks_.erase(block);
  }

  std::size_t count() const { return blocks_.size(); }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& [address, block] : blocks_) sum += (block.size + 4095) / 4096 * 4096;
    return sum;
  }

 private:
  struct Block {
    std::size_t size = 0;
    unsigned char mark = 0;
  };
  Arena& arena_;
  std::map<unsigned char*, Block> blocks_;
};

TEST(Arena, RandomUseKeepsBlocksApartAndCounted) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    Arena arena(small_arena());
    ShadowModel shadow(arena);
    std::mt19937 random(seed);
    std::size_t peak = 0;
    for (int i = 0; i < 3000; ++i) {
      const bool full = shadow.bytes() > 40 * kMiB;
      if (shadow.count() == 0 || (!full && random() % 2 == 0)) {
        shadow.allocate(1 + random() % (random() % 8 == 0 ? 4 * kMiB : 64 << 10), static_cast<unsigned char>(random()));
      } else {
        shadow.deallocate(random());
      }
      peak = std::max(peak, shadow.bytes());
      if (i % 500 == 0) arena.trim();
      ASSERT_EQ(arena.statistics().in_use, shadow.bytes());
      ASSERT_EQ(arena.statistics().peak_in_use, peak);
    }
    while (shadow.count() > 0) shadow.deallocate(random());
    // All neighbours have merged again.
    arena.deallocate(arena.allocate(64 * kMiB));
  }
}

TEST(Arena, ARepeatedPatternTouchesNothingNew) {
  Arena arena(small_arena());
  const auto step = [&] {
    std::vector<void*> blocks;
    for (std::size_t i = 1; i < 20; ++i) blocks.push_back(arena.allocate(i * 100000));
    for (std::size_t i = 0; i < blocks.size(); i += 2) arena.deallocate(blocks[i]);
    void* const large = arena.allocate(3 * kMiB);
    for (std::size_t i = 1; i < blocks.size(); i += 2) arena.deallocate(blocks[i]);
    arena.deallocate(large);
  };
  step();
  const std::size_t touched = arena.statistics().touched;
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(arena.statistics().touched, touched);
}

TEST(Arena, TakesTheSmallestBlockThatFits) {
  Arena arena(small_arena());
  void* const wide = arena.allocate(8 * kMiB);
  void* const wall = arena.allocate(4096);
  void* const narrow = arena.allocate(kMiB);
  void* const end = arena.allocate(4096);
  arena.deallocate(wide);
  arena.deallocate(narrow);
  EXPECT_EQ(arena.allocate(kMiB), narrow);
  for (void* const block : {wall, narrow, end}) arena.deallocate(block);
}

TEST(Arena, BeyondTheCapItIsOutOfMemoryAndStaysUsable) {
  Arena arena(small_arena(10 * kMiB));
  void* const block = arena.allocate(8 * kMiB);
  EXPECT_THROW(arena.allocate(3 * kMiB), std::bad_alloc);
  EXPECT_THROW(arena.allocate(~std::size_t{0}), std::bad_alloc);
  EXPECT_EQ(arena.set_cap(12 * kMiB), 10 * kMiB);
  void* const second = arena.allocate(3 * kMiB);
  EXPECT_EQ(arena.statistics().in_use, 11 * kMiB);
  arena.deallocate(block);
  arena.deallocate(second);
}

TEST(Arena, ItsPeakCanBeCountedAnew) {
  Arena arena(small_arena());
  void* const kept = arena.allocate(kMiB);
  arena.deallocate(arena.allocate(8 * kMiB));
  EXPECT_EQ(arena.statistics().peak_in_use, 9 * kMiB);
  arena.reset_peak();
  EXPECT_EQ(arena.statistics().peak_in_use, kMiB);
  arena.deallocate(arena.allocate(2 * kMiB));
  EXPECT_EQ(arena.statistics().peak_in_use, 3 * kMiB);
  arena.deallocate(kept);
}

TEST(Arena, TrimGivesFreeMemoryBack) {
  Arena arena({.reserve = 512 * kMiB, .huge_pages = false});
  void* const block = arena.allocate(200 * kMiB);
  void* const kept = arena.allocate(kMiB);
  std::memset(block, 1, 200 * kMiB);
  std::memset(kept, 2, kMiB);
  arena.deallocate(block);
  const std::int64_t before = resident_bytes();
  EXPECT_EQ(arena.trim(), 200 * kMiB);
  EXPECT_LT(resident_bytes(), before - static_cast<std::int64_t>(150 * kMiB));
  EXPECT_EQ(static_cast<unsigned char*>(kept)[kMiB - 1], 2);
  arena.deallocate(kept);
}

TEST(Arena, AWrongFreeIsNoticed) {
  Arena arena(small_arena());
  void* const block = arena.allocate(4096);
  EXPECT_THROW(arena.deallocate(static_cast<char*>(block) + 64), std::logic_error);
  arena.deallocate(block);
  EXPECT_THROW(arena.deallocate(block), std::logic_error);
}

TEST(Arena, ThreadsMayShareIt) {
  Arena arena(small_arena());
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&arena, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 500; ++i) {
        const std::size_t size = 1 + random() % (256 << 10);
        auto* const block = static_cast<unsigned char*>(arena.allocate(size));
        std::memset(block, static_cast<int>(t), size);
        EXPECT_EQ(block[size - 1], t);
        arena.deallocate(block);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(arena.statistics().in_use, 0U);
}

TEST(Arena, ReservesSoMuchThatAllElseMayFillTheMemoryToo) {
  EXPECT_EQ(arena_reserve(10, std::nullopt), 20U);
  EXPECT_EQ(arena_reserve(10, 1000), 20U);
  EXPECT_EQ(arena_reserve(10, 30), 20U);
  EXPECT_EQ(arena_reserve(10, 29), 19U);
  EXPECT_EQ(arena_reserve(10, 20), 10U);
  EXPECT_EQ(arena_reserve(10, 19), 0U);
  EXPECT_EQ(arena_reserve(10, 3), 0U);
}

// For the rest of this process: every later test of this program runs on it.
TEST(Arena, TensorsComeFromItOnceInstalled) {
  const bool was_installed = installed_arena() != nullptr;
  const at::Tensor before = at::empty({1 << 20});
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  EXPECT_TRUE(install_arena());
  const at::Tensor large = at::empty({1 << 20}), small = at::empty({16});
  EXPECT_TRUE(installed_arena()->owns(large.const_data_ptr()));
  EXPECT_FALSE(installed_arena()->owns(small.const_data_ptr()));
  EXPECT_EQ(installed_arena()->owns(before.const_data_ptr()), was_installed);
}

TEST(Arena, CapsOfTheInstalledOneNestAndEnd) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  const std::size_t in_use = installed_arena()->statistics().in_use;
  const auto fits = [](std::size_t mebibytes) {
    try {
      (void)at::empty({static_cast<std::int64_t>(mebibytes << 20)}, at::kByte);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  };
  {
    const ArenaCap outer(in_use + 10 * kMiB);
    EXPECT_TRUE(fits(10));
    EXPECT_FALSE(fits(11));
    {
      const ArenaCap wider(in_use + 20 * kMiB), none(0);
      EXPECT_FALSE(fits(11));
    }
    {
      const ArenaCap inner(in_use + 5 * kMiB);
      EXPECT_FALSE(fits(6));
    }
    EXPECT_TRUE(fits(10));
  }
  EXPECT_TRUE(fits(20));
}

TEST(Arena, FreeMemoryIsGivenBackToTheSystem) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  { const at::Tensor large = at::empty({std::int64_t{200} << 20}, at::kByte).fill_(1); }
  const std::int64_t before = resident_bytes();
  release_free_memory(c10::Device(c10::kCPU));
  EXPECT_LT(resident_bytes(), before - static_cast<std::int64_t>(150 * kMiB));
}

}  // namespace
}  // namespace seg
