// SPDX-License-Identifier: Apache-2.0
#include "engine/free_blocks.h"

#include <algorithm>
#include <iterator>

namespace seg {

void FreeBlocks::insert(char* begin, std::size_t size) {
  const auto next = by_address_.lower_bound(begin);
  if (next != by_address_.begin()) {
    const auto previous = std::prev(next);
    if (previous->first + previous->second == begin) {
      begin = previous->first;
      size += previous->second;
      erase(previous);
    }
  }
  if (next != by_address_.end() && begin + size == next->first) {
    size += next->second;
    erase(next);
  }
  add(begin, size);
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
  erase(by_address_.find(begin));
  if (found > size) add(begin + size, found - size);
  return begin;
}

void FreeBlocks::add(char* begin, std::size_t size) {
  by_address_.emplace(begin, size);
  by_size_.emplace(size, begin);
  bytes_ += size;
}

void FreeBlocks::erase(Addresses::iterator block) {
  bytes_ -= block->second;
  by_size_.erase({block->second, block->first});
  by_address_.erase(block);
}

}  // namespace seg
