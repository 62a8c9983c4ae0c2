// SPDX-License-Identifier: Apache-2.0
#include "engine/bounded_heap.h"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <new>
#include <vector>

#include "base/machine.h"
#include "engine/sanitizer.h"
#include "tests/support/child_process.h"

namespace seg {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

// What is left of the address space from now on.
bool limit_space_left(std::int64_t bytes) {
  const rlimit any{.rlim_cur = rlim_t{1} << 46, .rlim_max = rlim_t{1} << 46};
  if (setrlimit(RLIMIT_AS, &any) != 0) return false;
  const auto used = (std::int64_t{1} << 46) - address_space_left().value();
  const rlimit limit{.rlim_cur = static_cast<rlim_t>(used + bytes), .rlim_max = any.rlim_max};
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

bool can_be_mapped(std::size_t size) {
  return mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

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

}  // namespace
}  // namespace seg
