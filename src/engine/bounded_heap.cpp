// SPDX-License-Identifier: Apache-2.0
#include "engine/bounded_heap.h"

#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/machine.h"
#include "engine/mapped_heap.h"
#include "engine/sanitizer.h"

namespace seg {
namespace {

constexpr std::size_t kReserve = std::size_t{96} << 20;
constexpr std::size_t kAlignment = 64;                    // what torch's kernels expect of any block
constexpr std::size_t kSmallest = std::size_t{64} << 10;  // smaller blocks are not what exhausts the space
constexpr int kMapped = 1 << 20;                          // from here on the system's allocator maps a block by itself
constexpr std::size_t kStack = std::size_t{2} << 20;      // of a thread; the system's default is 8 MiB
constexpr std::uint8_t kPriority = 100;                   // of c10's registry of allocators: the default has 0

std::atomic<MappedHeap*> the_heap{nullptr};

void free_block(void* block) {
  if (!the_heap.load(std::memory_order_relaxed)->deallocate(block)) std::free(block);
}

void* small_block(std::size_t size) {
  void* block = nullptr;
  return ::posix_memalign(&block, kAlignment, size) == 0 ? block : nullptr;
}

// Null if there is none.
void* block_of(std::size_t size) {
  MappedHeap& heap = *the_heap.load(std::memory_order_relaxed);
  if (size >= kSmallest) return heap.allocate(size);
  void* const block = small_block(size);
  return block == nullptr && heap.trim() > 0 ? small_block(size) : block;
}

class BoundedHeap final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    void* block = nullptr;
    if (size > 0) {
      block = block_of(size);
      if (block == nullptr) throw std::bad_alloc();
    }
    return {block, block, &free_block, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* to, const void* from, std::size_t size) const override { std::memcpy(to, from, size); }
};

// Their stacks are of the space, too, however little of them is used.
void give_threads_small_stacks() {
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return;
  (void)::pthread_attr_setstacksize(&attributes, kStack);
  (void)::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

void make_room_for_new() {
  if (the_heap.load()->trim() == 0) throw std::bad_alloc();
}

}  // namespace

bool install_bounded_heap() {
  if (kHasSanitizer || !address_space_left()) return false;
  if (the_heap.load() != nullptr) return true;
  // A heap for each thread would take 64 MiB of the space for it, however little it holds.
  ::mallopt(M_ARENA_MAX, 1);
  // By itself the bound rises with blocks that were freed: large ones then come to lie between small ones in the heap,
  // which gives the space of none of them back.
  ::mallopt(M_MMAP_THRESHOLD, kMapped);
  give_threads_small_stacks();
  // Both live as long as the process: tensors in static storage may be freed after main() has returned.
  the_heap.store(new MappedHeap(kReserve));
  std::set_new_handler(&make_room_for_new);
  c10::SetCPUAllocator(new BoundedHeap, kPriority);
  return true;
}

std::size_t bytes_kept_for_libraries() {
  const MappedHeap* const heap = the_heap.load();
  return heap == nullptr ? 0 : heap->reserve();
}

void let_libraries_grow() {
  if (MappedHeap* const heap = the_heap.load()) heap->let_others_grow();
}

void trim_bounded_heap() {
  MappedHeap* const heap = the_heap.load();
  if (heap == nullptr) return;
  (void)heap->trim();
  ::malloc_trim(0);
}

}  // namespace seg
