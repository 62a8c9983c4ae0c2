// SPDX-License-Identifier: Apache-2.0
// As a part of samples: packed_sample_test.cpp.
#include "loader/packed_map.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/crc32c.h"
#include "base/random.h"

namespace seg {
namespace {

LabelMap gradients(std::int64_t height, std::int64_t width) {
  LabelMap map(height, width);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      map.row(y)[static_cast<std::size_t>(x)] =
          static_cast<std::uint8_t>(std::min<std::int64_t>(255, 8 * (x % 40) + y % 3));
  return map;
}

Bytes packed(const LabelMap& map, MapPacker& packer) {
  packer.take(map);
  Bytes bytes(packer.ends().begin(), packer.ends().end());
  bytes.insert(bytes.end(), packer.bands().begin(), packer.bands().end());
  EXPECT_EQ(bytes.size(), packer.size());
  EXPECT_LE(static_cast<std::int64_t>(bytes.size()), largest_packed_map(map.height(), map.width()));
  return bytes;
}

TEST(PackedMap, IsReadFromTheBeginningOfBytes) {
  MapPacker packer;
  for (const std::int64_t height : {1, 64, 65, 200}) {
    const LabelMap map = gradients(height, 71);
    Bytes bytes = packed(map, packer);
    const std::size_t size = bytes.size();
    bytes.resize(size + 100);  // something else behind it
    const auto read = PackedMap::read(bytes, {.height = height, .width = 71});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size(), size);
    LabelMap memory;
    ASSERT_TRUE(read->unpack({0, 0, height, 71}, memory));
    EXPECT_TRUE(std::ranges::equal(memory.values(), map.values()));
    const auto values = map.values();
    const std::uint32_t checksum = crc32c({reinterpret_cast<const char*>(values.data()), values.size()});
    EXPECT_EQ(packer.checksum(), checksum);
    EXPECT_EQ(read->checksum(), checksum);
    EXPECT_FALSE(PackedMap::read(std::span(bytes).first(size - 1), {.height = height, .width = 71}));
  }
}

TEST(PackedMap, OfDamagedBandsThereIsNoChecksum) {
  MapPacker packer;
  Bytes bytes = packed(gradients(130, 300), packer);
  std::fill(bytes.end() - 40, bytes.end(), std::byte{0xff});
  const auto read = PackedMap::read(bytes, {.height = 130, .width = 300});
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->checksum());
  LabelMap memory;
  EXPECT_TRUE(read->unpack({0, 0, 64, 300}, memory));
  EXPECT_FALSE(read->unpack({0, 0, 130, 300}, memory));
}

}  // namespace
}  // namespace seg
