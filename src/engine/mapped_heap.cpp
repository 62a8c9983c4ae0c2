// SPDX-License-Identifier: Apache-2.0
#include "engine/mapped_heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "base/machine.h"

namespace seg {
namespace {

std::size_t page_bytes() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

thread_local bool is_at_books = false;

}  // namespace

// Open for one thread at a time.
class MappedHeap::Books {
 public:
  explicit Books(std::mutex& mutex) : lock_(mutex) { is_at_books = true; }
  ~Books() { is_at_books = false; }
  Books(const Books&) = delete;
  Books& operator=(const Books&) = delete;

 private:
  const std::lock_guard<std::mutex> lock_;
};

MappedHeap::~MappedHeap() { (void)trim(); }

void* MappedHeap::allocate(std::size_t size) {
  const std::size_t page = page_bytes(), needed = (std::max<std::size_t>(size, 1) + page - 1) / page * page;
  if (needed < size) return nullptr;
  const Books books(mutex_);
  void* const block = block_for(needed);
  if (block == nullptr) return nullptr;
  try {
    used_.emplace(block, needed);
  } catch (const std::bad_alloc&) {  // no room for the books
    ::munmap(block, needed);
    return nullptr;
  }
  in_use_ += needed;
  return block;
}

void* MappedHeap::block_for(std::size_t size) {
  if (char* const block = free_.take(size)) return block;
  if (has_room(size)) return map(size);
  // Pieces that are too small go for it, with no more beside them than the reserve can spare.
  const std::size_t of_pieces = std::min(free_.bytes(), size), more = size - of_pieces;
  // The system's allocator may hold more at the end of its heap than it uses.
  if (more > 0 && !has_room(more) && (::malloc_trim(0) == 0 || !has_room(more))) return nullptr;
  (void)give_back(of_pieces);
  return map(size);
}

// Beside what the reserve still has to give.
bool MappedHeap::has_room(std::size_t size) const {
  const std::optional<std::int64_t> left = address_space_left();
  if (!left) return true;
  return *left - reserve_beside(*left) >= static_cast<std::int64_t>(size);
}

std::int64_t MappedHeap::reserve_beside(std::int64_t left) const {
  const auto reserve = static_cast<std::int64_t>(reserve_);
  const std::int64_t of_others = left_by_others_ ? *left_by_others_ - (left + held()) : 0;
  return std::clamp(reserve - of_others, reserve / 3, reserve);
}

std::size_t MappedHeap::reserve() const {
  const Books books(mutex_);
  const std::optional<std::int64_t> left = address_space_left();
  return left ? static_cast<std::size_t>(reserve_beside(*left)) : reserve_;
}

std::int64_t MappedHeap::held() const { return static_cast<std::int64_t>(in_use_ + free_.bytes()); }

void MappedHeap::let_others_grow() {
  const Books books(mutex_);
  if (left_by_others_) return;
  if (const auto left = address_space_left()) left_by_others_ = *left + held();
}

bool MappedHeap::deallocate(void* block) {
  if (reinterpret_cast<std::uintptr_t>(block) % page_bytes() != 0) return false;
  const Books books(mutex_);
  const auto used = used_.find(block);
  if (used == used_.end()) return false;
  try {
    free_.insert(static_cast<char*>(block), used->second);
  } catch (const std::bad_alloc&) {  // no room for the books, and who frees does not expect to fail
    ::munmap(block, used->second);
  }
  in_use_ -= used->second;
  used_.erase(used);
  return true;
}

std::size_t MappedHeap::trim() {
  if (is_at_books) return 0;
  const Books books(mutex_);
  return give_back(free_.bytes());
}

MappedHeap::Statistics MappedHeap::statistics() const {
  const Books books(mutex_);
  return {.in_use = in_use_, .free = free_.bytes(), .num_mapped = num_mapped_};
}

void* MappedHeap::map(std::size_t size) {
  ++num_mapped_;
  void* const block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block == MAP_FAILED ? nullptr : block;
}

// The smallest first, which serve least.
std::size_t MappedHeap::give_back(std::size_t bytes) noexcept {
  std::size_t given = 0;
  while (given < bytes) {
    const FreeBlocks::Block block = free_.take_smallest(bytes - given);
    if (::munmap(block.begin, block.size) != 0) {  // the system has no room for its own books
      try {
        free_.insert(block.begin, block.size);
      } catch (const std::bad_alloc&) {  // nor have ours: the block is lost to both
      }
      break;
    }
    given += block.size;
  }
  return given;
}

}  // namespace seg
