// SPDX-License-Identifier: Apache-2.0
#include "base/buffer_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace seg {
namespace {

TEST(BufferSource, HostMemoryIsAlignedAndWritable) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{63}, std::size_t{4097}}) {
    const Buffer buffer = host_memory().allocate(size);
    ASSERT_EQ(buffer.bytes().size(), size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.bytes().data()) % 64, 0U);
    std::ranges::fill(buffer.bytes(), std::byte{7});
  }
}

TEST(BufferSource, AnEmptyBufferHasNoBytes) { EXPECT_TRUE(Buffer().bytes().empty()); }

TEST(BufferSource, MovedBuffersReturnTheirMemoryOnce) {
  int returned = 0;
  std::byte memory[4];
  {
    Buffer first(memory, 4, [&](std::byte*) { ++returned; });
    const Buffer second = std::move(first);
    EXPECT_EQ(second.bytes().data(), memory);
  }
  EXPECT_EQ(returned, 1);
}

}  // namespace
}  // namespace seg
