// SPDX-License-Identifier: Apache-2.0
#include "engine/free_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <vector>

namespace seg {
namespace {

constexpr std::size_t kCells = 200;

// The same by looking at every cell: runs of free ones, in their order.
class ShadowModel {
 public:
  struct Run {
    std::size_t begin, size;
    bool operator==(const Run&) const = default;
  };
  std::vector<Run> runs() const {
    std::vector<Run> runs;
    for (std::size_t i = 0; i < kCells; ++i) {
      if (!is_free_[i]) continue;
      if (i > 0 && is_free_[i - 1])
        ++runs.back().size;
      else
        runs.push_back({.begin = i, .size = 1});
    }
    return runs;
  }
  std::optional<std::size_t> best(std::size_t size) const {
    std::optional<Run> best;
    for (const Run& run : runs())
      if (run.size >= size && (!best || run.size < best->size)) best = run;
    return best ? std::optional(best->begin) : std::nullopt;
  }
  void set(std::size_t begin, std::size_t size, bool is_free) {
    std::fill_n(is_free_.begin() + static_cast<std::ptrdiff_t>(begin), size, is_free);
  }

 private:
  std::array<bool, kCells> is_free_{};
};

std::vector<ShadowModel::Run> runs_of(const FreeBlocks& free, const char* base) {
  std::vector<ShadowModel::Run> runs;
  for (const auto& [begin, size] : free.by_address())
    runs.push_back({.begin = static_cast<std::size_t>(begin - base), .size = size});
  return runs;
}

TEST(FreeBlocks, AreWhatATableOfCellsSaysWhateverIsTakenAndFreed) {
  std::array<char, kCells> memory{};
  std::mt19937 random(7);
  FreeBlocks free;
  ShadowModel model;
  std::vector<FreeBlocks::Block> used;
  free.insert(memory.data(), kCells);
  model.set(0, kCells, true);
  for (int i = 0; i < 5000; ++i) {
    if (random() % 2 == 0) {
      const std::size_t size = 1 + random() % 20;
      const auto best = model.best(size);
      char* const block = free.take(size);
      ASSERT_EQ(block, best ? memory.data() + *best : nullptr);
      if (block != nullptr) {
        used.push_back({block, size});
        model.set(*best, size, false);
      }
    } else if (!used.empty()) {
      std::swap(used[random() % used.size()], used.back());
      free.insert(used.back().begin, used.back().size);
      model.set(static_cast<std::size_t>(used.back().begin - memory.data()), used.back().size, true);
      used.pop_back();
    }
    ASSERT_EQ(runs_of(free, memory.data()), model.runs());
    std::size_t bytes = 0;
    for (const auto& run : model.runs()) bytes += run.size;
    ASSERT_EQ(free.bytes(), bytes);
  }
}

TEST(FreeBlocks, AreTakenFromTheSmallestAndNoMoreThanIsWanted) {
  std::array<char, kCells> memory{};
  FreeBlocks free;
  free.insert(memory.data(), 30);
  free.insert(memory.data() + 50, 10);
  const auto is = [&](const FreeBlocks::Block& block, std::ptrdiff_t begin, std::size_t size) {
    return block.begin == memory.data() + begin && block.size == size;
  };
  EXPECT_TRUE(is(free.take_smallest(4), 50, 4));
  EXPECT_TRUE(is(free.take_smallest(100), 54, 6));
  EXPECT_TRUE(is(free.take_smallest(100), 0, 30));
  EXPECT_TRUE(free.empty());
  EXPECT_EQ(free.bytes(), 0U);
  EXPECT_EQ(free.take(1), nullptr);
}

}  // namespace
}  // namespace seg
