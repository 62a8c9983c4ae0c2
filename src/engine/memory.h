// SPDX-License-Identifier: Apache-2.0
// The allocator of the CPU tensors: one range of address space, best fit, neighbours merged when freed.
//
// A training step asks for the same blocks in the same order again and again. The system's allocator gives big blocks
// back at once, and touching fresh pages costs ten times what reused ones do; caches by size class keep more than the
// step ever uses at a time. Best fit over one range keeps both low: after the first step nothing is fresh, and what is
// held is close to the plan's peak. Small blocks go to the system's allocator.
//
// Thread-safe. install_arena() is for main(), before the first tensor is made; the library never calls it.
#pragma once
#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "engine/free_blocks.h"

namespace seg {

struct ArenaOptions {
  std::size_t reserve = 0;                       // address space, and so the most in use; 0: arena_reserve()
  std::size_t cap = 0;                           // most bytes in use; more is std::bad_alloc; 0: the reserve
  std::size_t smallest = std::size_t{64} << 10;  // smaller requests are not the arena's
  bool huge_pages = true;
};

struct ArenaStatistics {
  std::size_t in_use = 0, peak_in_use = 0;  // bytes in blocks handed out
  std::size_t touched = 0;                  // bytes from the start to the highest address ever used since trim()
  std::size_t largest_free = 0;             // below `touched`: how far what is free has fallen apart
  std::uint64_t num_allocations = 0;
};

// What an arena reserves of the address space: twice the machine's memory, or less where `ulimit -v` leaves so little
// (`address_space`) that all else could not fill the memory. 0: too little for an arena; bounded_heap.h then.
std::size_t arena_reserve(std::size_t physical_memory, std::optional<std::size_t> address_space);

class Arena {
 public:
  explicit Arena(const ArenaOptions& options);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(std::size_t size);  // aligned to a page; std::bad_alloc beyond the cap
  void deallocate(void* block);      // std::logic_error if it is not in use
  bool owns(const void* address) const noexcept;
  // Gives the memory of all free blocks back to the system. Returns how many bytes that were at most.
  std::size_t trim();
  std::size_t set_cap(std::size_t cap);  // 0: the reserve; returns what it was
  void reset_peak();                     // peak_in_use counts from what is in use now
  ArenaStatistics statistics() const;

 private:
  ArenaOptions options_;
  void* mapping_ = nullptr;
  std::size_t mapped_size_ = 0;
  char* base_ = nullptr;  // at the boundary of a huge page
  mutable std::mutex mutex_;
  FreeBlocks free_;
  std::unordered_map<void*, std::size_t> used_;
  std::size_t in_use_ = 0, peak_in_use_ = 0, touched_ = 0;
  std::uint64_t num_allocations_ = 0;
};

// Puts an arena under c10's CPU allocator, for the life of the process. False, and nothing done, if this build has a
// sanitizer or the address space cannot be had. A second call returns true.
bool install_arena(const ArenaOptions& options = {});
Arena* installed_arena();  // nullptr if there is none

// For its life the installed arena, if there is one, hands out no more than `cap` bytes, and no more than it would have
// without. 0: no cap.
class ArenaCap {
 public:
  explicit ArenaCap(std::size_t cap);
  ~ArenaCap();
  ArenaCap(const ArenaCap&) = delete;
  ArenaCap& operator=(const ArenaCap&) = delete;

 private:
  std::size_t before_ = 0;
};

// Gives back to the system what the allocator of the device's tensors holds and no tensor uses.
void release_free_memory(c10::Device device);

}  // namespace seg
