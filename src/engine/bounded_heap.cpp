// SPDX-License-Identifier: Apache-2.0
#include "engine/bounded_heap.h"

#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/machine.h"
#include "engine/sanitizer.h"

namespace seg {
namespace {

constexpr std::size_t kReserve = std::size_t{96} << 20;
constexpr std::size_t kAlignment = 64;                    // what torch's kernels expect of any block
constexpr std::size_t kSmallest = std::size_t{64} << 10;  // smaller blocks are not what exhausts the space
constexpr std::uint8_t kPriority = 100;                   // of c10's registry of allocators: the default has 0

std::atomic<bool> is_installed{false};

void free_block(void* block) { std::free(block); }

bool has_room(std::size_t size) {
  void* const room = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  ::munmap(room, size);
  return true;
}

class BoundedHeap final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    void* block = nullptr;
    if (size > 0) {
      block = block_of(size);
      if (block == nullptr && ::malloc_trim(0) != 0) block = block_of(size);
      if (block == nullptr) {
        ::malloc_trim(0);  // what the heap grew by for the block that it does not give
        throw std::bad_alloc();
      }
    }
    return {block, block, &free_block, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* to, const void* from, std::size_t size) const override { std::memcpy(to, from, size); }

 private:
  // Null if there is none that leaves the reserve.
  static void* block_of(std::size_t size) {
    void* const block = aligned(size);
    if (block == nullptr || size < kSmallest || has_room(kReserve)) return block;
    std::free(block);
    return block_of_free_ones(size);
  }
  // Libraries have taken of the reserve what is theirs. What the heap has already, it may give.
  static void* block_of_free_ones(std::size_t size) {
    const std::int64_t before = address_space_left().value_or(0);
    void* const block = aligned(size);
    if (block == nullptr || address_space_left().value_or(0) >= before) return block;
    std::free(block);
    return nullptr;
  }
  static void* aligned(std::size_t size) {
    void* block = nullptr;
    return ::posix_memalign(&block, kAlignment, size) == 0 ? block : nullptr;
  }
};

}  // namespace

bool install_bounded_heap() {
  if (kHasSanitizer || !address_space_left()) return false;
  if (is_installed.exchange(true)) return true;
  // A heap for each thread would take 64 MiB of the space for it, however little it holds.
  ::mallopt(M_ARENA_MAX, 1);
  c10::SetCPUAllocator(new BoundedHeap, kPriority);  // tensors in static storage may be freed after main() has returned
  return true;
}

std::size_t bytes_kept_for_libraries() { return is_installed ? kReserve : 0; }

}  // namespace seg
