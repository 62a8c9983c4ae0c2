// SPDX-License-Identifier: Apache-2.0
#include "engine/memory.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/machine.h"
#include "engine/bounded_heap.h"
#include "engine/cuda.h"
#include "engine/sanitizer.h"

namespace seg {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kSmallAlignment = 64;  // what torch's kernels expect of any block
// Of c10's registry of allocators: the default has 0. Torch's own alternatives are not installed by default.
constexpr std::uint8_t kPriority = 100;

std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

std::size_t physical_memory() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t standard_reserve() {
  const std::optional<std::int64_t> left = address_space_left();
  return arena_reserve(physical_memory(), left ? std::optional(static_cast<std::size_t>(*left)) : std::nullopt);
}

}  // namespace

std::size_t arena_reserve(std::size_t physical, std::optional<std::size_t> address_space) {
  // Address space costs nothing; twice, so that free blocks between used ones never are what is missing.
  const std::size_t wanted = 2 * physical;
  if (!address_space) return wanted;
  // All else may fill the memory, too.
  const std::size_t left = *address_space - std::min(*address_space, physical);
  return left < physical ? 0 : std::min(wanted, left);
}

Arena::Arena(const ArenaOptions& options) : options_(options) {
  const std::size_t reserve = options.reserve == 0 ? standard_reserve() : options.reserve;
  if (reserve == 0) throw std::bad_alloc();
  options_.reserve = round_up(std::max(reserve, kHugePage), kHugePage);
  // One huge page more, so that the range can begin at a huge page's boundary.
  mapped_size_ = options_.reserve + kHugePage;
  mapping_ = ::mmap(nullptr, mapped_size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::bad_alloc();
  char* const start = static_cast<char*>(mapping_);
  base_ = start + (kHugePage - reinterpret_cast<std::uintptr_t>(start) % kHugePage) % kHugePage;
  if (options_.huge_pages) ::madvise(base_, options_.reserve, MADV_HUGEPAGE);  // a wish: without it, only slower
  free_.insert(base_, options_.reserve);
}

Arena::~Arena() { ::munmap(mapping_, mapped_size_); }

void* Arena::allocate(std::size_t size) {
  const std::size_t needed = round_up(std::max<std::size_t>(size, 1), kPage);
  const std::lock_guard lock(mutex_);
  const std::size_t most = options_.cap == 0 ? options_.reserve : std::min(options_.cap, options_.reserve);
  if (needed < size || in_use_ + needed > most) throw std::bad_alloc();
  char* const block = free_.take(needed);
  if (block == nullptr) throw std::bad_alloc();
  used_.emplace(block, needed);
  in_use_ += needed;
  peak_in_use_ = std::max(peak_in_use_, in_use_);
  touched_ = std::max(touched_, static_cast<std::size_t>(block - base_) + needed);
  ++num_allocations_;
  return block;
}

void Arena::deallocate(void* address) {
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(address);
  if (used == used_.end()) throw std::logic_error("[arena] a block that is not in use was freed");
  free_.insert(static_cast<char*>(address), used->second);
  in_use_ -= used->second;
  used_.erase(used);
}

bool Arena::owns(const void* address) const noexcept {
  // Addresses of other allocations may only be compared through std::less.
  const std::less<const void*> before;
  return !before(address, base_) && before(address, base_ + options_.reserve);
}

std::size_t Arena::trim() {
  const std::lock_guard lock(mutex_);
  std::size_t given_back = 0, highest = 0;
  for (const auto& [block, size] : free_.by_address()) {
    const auto begin = static_cast<std::size_t>(block - base_);
    if (begin >= touched_) continue;
    const std::size_t length = std::min(size, touched_ - begin);
    ::madvise(block, length, MADV_DONTNEED);
    given_back += length;
  }
  for (const auto& [block, size] : used_)
    highest = std::max(highest, static_cast<std::size_t>(static_cast<char*>(block) - base_) + size);
  touched_ = highest;
  return given_back;
}

std::size_t Arena::set_cap(std::size_t cap) {
  const std::lock_guard lock(mutex_);
  return std::exchange(options_.cap, cap);
}

void Arena::reset_peak() {
  const std::lock_guard lock(mutex_);
  peak_in_use_ = in_use_;
}

ArenaStatistics Arena::statistics() const {
  const std::lock_guard lock(mutex_);
  ArenaStatistics result{
      .in_use = in_use_, .peak_in_use = peak_in_use_, .touched = touched_, .num_allocations = num_allocations_};
  for (const auto& [block, size] : free_.by_address()) {
    const auto begin = static_cast<std::size_t>(block - base_);
    if (begin < touched_) result.largest_free = std::max(result.largest_free, std::min(size, touched_ - begin));
  }
  return result;
}

namespace {

std::atomic<Arena*> the_arena{nullptr};

void free_block(void* block) {
  Arena* const arena = the_arena.load(std::memory_order_relaxed);
  if (arena->owns(block))
    arena->deallocate(block);
  else
    std::free(block);
}

class ArenaAllocator final : public c10::Allocator {
 public:
  explicit ArenaAllocator(std::size_t smallest) : smallest_(smallest) {}

  c10::DataPtr allocate(std::size_t size) override {
    void* block = nullptr;
    if (size >= smallest_)
      block = the_arena.load(std::memory_order_relaxed)->allocate(size);
    else if (size > 0 && ::posix_memalign(&block, kSmallAlignment, size) != 0)
      throw std::bad_alloc();
    return {block, block, &free_block, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* to, const void* from, std::size_t size) const override { std::memcpy(to, from, size); }

 private:
  std::size_t smallest_;
};

}  // namespace

bool install_arena(const ArenaOptions& options) {
  if (kHasSanitizer) return false;
  if (the_arena.load() != nullptr) return true;
  // Both live as long as the process: tensors in static storage may be freed after main() has returned.
  try {
    the_arena.store(new Arena(options));
  } catch (const std::bad_alloc&) {
    return false;
  }
  c10::SetCPUAllocator(new ArenaAllocator(options.smallest), kPriority);
  return true;
}

Arena* installed_arena() { return the_arena.load(); }

ArenaCap::ArenaCap(std::size_t cap) {
  Arena* const arena = installed_arena();
  if (arena == nullptr) return;
  before_ = arena->set_cap(cap);
  if (before_ != 0 && (cap == 0 || before_ < cap)) arena->set_cap(before_);
}

ArenaCap::~ArenaCap() {
  if (Arena* const arena = installed_arena()) arena->set_cap(before_);
}

void release_free_memory(c10::Device device) {
  if (Arena* const arena = installed_arena()) (void)arena->trim();
  trim_bounded_heap();
  if (device.is_cuda()) trim_cuda_memory();
}

}  // namespace seg
