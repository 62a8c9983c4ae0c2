// SPDX-License-Identifier: Apache-2.0
#include "loader/memory_store.h"

#include <new>
#include <utility>

namespace seg {

std::span<const std::byte> MemoryStore::store(std::size_t /*index*/, const SamplePacker& packed) {
  try {
    Buffer buffer = host_memory().allocate(packed.size());
    const std::span<std::byte> copy = buffer.bytes();
    packed.write(copy);
    const std::lock_guard lock(mutex_);
    buffers_.push_back(std::move(buffer));
    return copy;
  } catch (const std::bad_alloc&) {  // the sample is read from its files, as without a cache
    return {};
  }
}

}  // namespace seg
