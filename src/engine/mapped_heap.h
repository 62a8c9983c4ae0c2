// SPDX-License-Identifier: Apache-2.0
// Blocks of memory where address space is short (`ulimit -v`): what was freed is used again by best fit, and goes back
// to the system piece by piece as soon as something is asked for that fits into none of the pieces.
//
// So a block is refused only where there is no room for it beside what is in use, whatever came before it: pieces into
// which the space has fallen cost nothing. A reserve stays free for others; blocks in the place of freed ones are to be
// had though others have taken of it.
//
// Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "engine/free_blocks.h"

namespace seg {

class MappedHeap {
 public:
  explicit MappedHeap(std::size_t reserve) : reserve_(reserve) {}
  ~MappedHeap();
  MappedHeap(const MappedHeap&) = delete;
  MappedHeap& operator=(const MappedHeap&) = delete;

  void* allocate(std::size_t size);  // aligned to a page; nullptr: there is no room
  bool deallocate(void* block);      // false: it is none of its blocks
  // Gives back all that is free; returns how many bytes went. 0 where it is called for what this heap itself needs to
  // keep its books, as a new-handler may be.
  std::size_t trim();

  // What others take from here on counts as of the reserve, of which a third always stays: what fits before they have
  // grown fits afterwards. The first call counts.
  void let_others_grow();
  std::size_t reserve() const;  // what there is of it now

  struct Statistics {
    std::size_t in_use = 0, free = 0;  // bytes
    std::uint64_t num_mapped = 0;      // how often the system was asked for a block
  };
  Statistics statistics() const;

 private:
  class Books;
  void* block_for(std::size_t size);
  bool has_room(std::size_t size) const;
  std::int64_t reserve_beside(std::int64_t left) const;
  std::int64_t held() const;
  void* map(std::size_t size);
  std::size_t give_back(std::size_t bytes) noexcept;

  const std::size_t reserve_;
  mutable std::mutex mutex_;
  std::optional<std::int64_t> left_by_others_;  // of the address space, as let_others_grow() was called
  FreeBlocks free_;
  std::unordered_map<void*, std::size_t> used_;
  std::size_t in_use_ = 0;
  std::uint64_t num_mapped_ = 0;
};

}  // namespace seg
