// SPDX-License-Identifier: Apache-2.0
#include "engine/free_blocks.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace seg {

void FreeBlocks::insert(char* begin, std::size_t size) {
  const auto next = by_address_.lower_bound(begin);
  const bool joins_next = next != by_address_.end() && begin + size == next->first;
  const auto previous = next == by_address_.begin() ? by_address_.end() : std::prev(next);
  const bool joins_previous = previous != by_address_.end() && previous->first + previous->second == begin;
  if (joins_previous) {
    size += previous->second;
    if (joins_next) {
      size += next->second;
      erase(next);
    }
    change(previous, previous->first, size);
  } else if (joins_next) {
    change(next, begin, size + next->second);
  } else {
    add(begin, size);
  }
}

char* FreeBlocks::take(std::size_t size) {
  const auto best = by_size_.lower_bound({size, nullptr});
  return best == by_size_.end() ? nullptr : take_front(best, size);
}

FreeBlocks::Block FreeBlocks::take_smallest(std::size_t most) {
  const auto smallest = by_size_.begin();
  const std::size_t size = std::min(smallest->first, most);
  return {take_front(smallest, size), size};
}

char* FreeBlocks::take_front(Sizes::iterator block, std::size_t size) {
  const auto [found, begin] = *block;
  const auto place = by_address_.find(begin);
  if (found > size)
    change(place, begin + size, found - size);
  else
    erase(place);
  return begin;
}

void FreeBlocks::add(char* begin, std::size_t size) {
  const auto place = by_address_.emplace(begin, size).first;
  try {
    by_size_.emplace(size, begin);
  } catch (...) {
    by_address_.erase(place);
    throw;
  }
  bytes_ += size;
}

// Its nodes are used again.
void FreeBlocks::change(Addresses::iterator block, char* begin, std::size_t size) noexcept {
  bytes_ += size - block->second;
  auto of_size = by_size_.extract({block->second, block->first});
  of_size.value() = {size, begin};
  by_size_.insert(std::move(of_size));
  auto of_address = by_address_.extract(block);
  of_address.key() = begin;
  of_address.mapped() = size;
  by_address_.insert(std::move(of_address));
}

void FreeBlocks::erase(Addresses::iterator block) {
  bytes_ -= block->second;
  by_size_.erase({block->second, block->first});
  by_address_.erase(block);
}

}  // namespace seg
