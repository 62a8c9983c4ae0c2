// SPDX-License-Identifier: Apache-2.0
// Free blocks of address space: neighbours are one block, and the best fit is found. It touches none of them.
//
// Not thread-safe.
#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <utility>

namespace seg {

class FreeBlocks {
 public:
  struct Block {
    char* begin = nullptr;
    std::size_t size = 0;
  };

  // Where it is no neighbour of another the books need memory: std::bad_alloc if there is none, and nothing done. All
  // else takes none.
  void insert(char* begin, std::size_t size);
  // The front of the smallest block that is large enough, of equal ones of the lowest, so that what is in use stays
  // together; nullptr if there is none.
  char* take(std::size_t size);
  // The smallest block, or its front if it is larger than `most`. There is one.
  Block take_smallest(std::size_t most);

  bool empty() const noexcept { return by_address_.empty(); }
  std::size_t bytes() const noexcept { return bytes_; }
  const std::map<char*, std::size_t>& by_address() const noexcept { return by_address_; }

 private:
  using Addresses = std::map<char*, std::size_t>;
  using Sizes = std::set<std::pair<std::size_t, char*>>;
  void add(char* begin, std::size_t size);
  void change(Addresses::iterator block, char* begin, std::size_t size) noexcept;
  void erase(Addresses::iterator block);
  char* take_front(Sizes::iterator block, std::size_t size);

  Addresses by_address_;
  Sizes by_size_;
  std::size_t bytes_ = 0;
};

}  // namespace seg
