// SPDX-License-Identifier: Apache-2.0
#include "engine/bounded_heap.h"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <new>
#include <thread>
#include <vector>

#include "base/machine.h"
#include "engine/sanitizer.h"
#include "tests/engine/support/address_space.h"
#include "tests/support/child_process.h"

namespace seg {
namespace {

using testing::can_be_mapped;
using testing::limit_space_left;

constexpr std::int64_t kMiB = 1 << 20;

// Each in a process of its own: an allocator is for life.
TEST(BoundedHeap, IsNotForAProcessWhoseAddressSpaceIsUnlimited) {
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([] {
                                     if (install_bounded_heap() || bytes_kept_for_libraries() != 0) return 2;
                                     return 1;
                                   }),
                                   1));
}

TEST(BoundedHeap, RefusesATensorWhileLibrariesStillHaveRoom) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([] {
                                     if (!limit_space_left(300 * kMiB) || !install_bounded_heap()) return 2;
                                     std::vector<at::Tensor> tensors;
                                     try {
                                       for (int i = 0; i < 5000; ++i) tensors.push_back(at::empty({kMiB}, at::kByte));
                                       return 3;
                                     } catch (const std::bad_alloc&) {
                                     }
                                     if (tensors.size() < 100) return 4;
                                     // But for what small objects took since, and what the heap has at hand.
                                     if (!can_be_mapped(bytes_kept_for_libraries() - 8 * kMiB)) return 5;
                                     return 1;
                                   }),
                                   1));
}

TEST(BoundedHeap, GivesAgainWhatWasFreed) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([] {
                                     if (!limit_space_left(500 * kMiB) || !install_bounded_heap()) return 2;
                                     for (int i = 0; i < 100; ++i)
                                       (void)at::empty({(i % 10 + 1) * 10 * kMiB}, at::kByte);
                                     return 1;
                                   }),
                                   1));
}

// Libraries may take of the reserve; a step that had its blocks once must get them again.
TEST(BoundedHeap, GivesWhatItHasThoughTheReserveIsInUse) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  const auto code = [] {
    if (!limit_space_left(300 * kMiB) || !install_bounded_heap()) return 2;
    std::vector<at::Tensor> tensors;
    for (int i = 0; i < 1000; ++i) tensors.push_back(at::empty({100 << 10}, at::kByte));  // of the heap, not mapped
    if (!can_be_mapped(static_cast<std::size_t>(address_space_left().value() - 50 * kMiB))) return 3;
    for (int i = 100; i < 200; ++i) tensors[static_cast<std::size_t>(i)] = at::Tensor();
    for (int i = 0; i < 50; ++i) tensors.push_back(at::empty({100 << 10}, at::kByte));
    try {
      for (int i = 0; i < 20'000; ++i) tensors.push_back(at::empty({100 << 10}, at::kByte));
      return 4;
    } catch (const std::bad_alloc&) {
      return 1;
    }
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

// What a try that failed has left, and what it has kept: the blocks of the next are larger than any of the pieces.
TEST(BoundedHeap, GivesOneLargeTensorOfWhatManySmallOnesHaveLeft) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  const auto code = [] {
    if (!limit_space_left(400 * kMiB) || !install_bounded_heap()) return 2;
    (void)at::empty({30 * kMiB}, at::kByte);  // behind this one the system's allocator would map no smaller block apart
    std::vector<at::Tensor> tensors;
    try {
      for (int i = 0; i < 1000; ++i) tensors.push_back(at::empty({kMiB}, at::kByte));
      return 3;
    } catch (const std::bad_alloc&) {
    }
    for (std::size_t i = 0; i < tensors.size(); i += 2) tensors[i] = at::Tensor();
    (void)at::empty({static_cast<std::int64_t>(tensors.size()) / 2 * kMiB}, at::kByte);
    return 1;
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

// Images and files: no small object behind them holds their place.
TEST(BoundedHeap, SpaceOfLargeObjectsComesBackAtOnce) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  const auto code = [] {
    if (!limit_space_left(400 * kMiB) || !install_bounded_heap()) return 2;
    ::operator delete(::operator new(20 * kMiB));  // behind this one the system's allocator would map no smaller block
    std::vector<void*> large, small;
    for (int i = 0; i < 20; ++i) {
      large.push_back(::operator new(10 * kMiB));
      for (int k = 0; k < 100; ++k) small.push_back(::operator new(1000));
    }
    const std::int64_t before = address_space_left().value();
    for (void* const block : large) ::operator delete(block);
    return address_space_left().value() - before > 190 * kMiB ? 1 : 3;
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

TEST(BoundedHeap, AThreadTakesLittleSpaceForItsStack) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  const auto code = [] {
    if (!limit_space_left(400 * kMiB) || !install_bounded_heap()) return 2;
    const std::int64_t before = address_space_left().value();
    std::int64_t during = 0;
    std::thread([&] { during = address_space_left().value(); }).join();
    return before - during < 3 * kMiB ? 1 : 3;
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

TEST(BoundedHeap, GivesToOthersWhatTensorsHaveFreed) {
  if (kHasSanitizer) GTEST_SKIP() << "built with a sanitizer";
  const auto code = [] {
    if (!limit_space_left(400 * kMiB) || !install_bounded_heap()) return 2;
    (void)at::empty({280 * kMiB}, at::kByte);
    if (can_be_mapped(200 * kMiB)) return 3;
    ::operator delete(::operator new(200 * kMiB));
    (void)at::empty({280 * kMiB}, at::kByte);
    trim_bounded_heap();
    return can_be_mapped(200 * kMiB) ? 1 : 4;
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

}  // namespace
}  // namespace seg
