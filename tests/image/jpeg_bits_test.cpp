// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_bits.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "tests/loader/counted_allocations.h"

namespace seg {
namespace {

Bytes coded(const std::vector<int>& plain) {
  Bytes data;
  for (const int byte : plain) {
    data.push_back(static_cast<std::byte>(byte));
    if (byte == 255) data.push_back(std::byte{0});
  }
  return data;
}

std::vector<int> random_bytes(std::size_t size) {
  Random random(size, RandomStream::synthetic, 0);
  std::vector<int> bytes(size);
  for (int& byte : bytes) byte = random.below(4) == 0 ? 255 : static_cast<int>(random.below(256));
  return bytes;
}

void expect_bytes(JpegBits& bits, const std::vector<int>& plain) {
  JpegBitReader reader = bits.run();
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (bits.needs_more(reader)) reader = bits.with_more(reader);
    reader.refill();
    ASSERT_GE(reader.count, 56);
    ASSERT_EQ(reader.bits >> 56, static_cast<unsigned>(plain[i])) << i;
    reader.drop(8);
  }
  EXPECT_FALSE(bits.is_behind_end(reader));
  EXPECT_TRUE(bits.is_end(reader));
}

TEST(JpegBits, AreTheDataWithoutWhatKeepsMarkersApart) {
  JpegBits bits;
  for (const std::size_t size : {0, 1, 7, 8, 9, 100, 5000, 24 << 10, (24 << 10) + 1, 100000}) {
    const std::vector<int> plain = random_bytes(size);
    Bytes data = coded(plain);
    data.insert(data.end(), {std::byte{0xff}, std::byte{0xd3}});
    const Bytes more = coded({1, 2, 255});
    data.insert(data.end(), more.begin(), more.end());
    data.insert(data.end(), {std::byte{0xff}, std::byte{0xd9}});
    bits.begin(data);
    expect_bytes(bits, plain);
    EXPECT_FALSE(bits.take_marker(0xd4));
    EXPECT_TRUE(bits.take_marker(0xd3));
    expect_bytes(bits, {1, 2, 255});
    EXPECT_TRUE(bits.take_marker(0xd9));
  }
}

TEST(JpegBits, EndWithinTheLastByte) {
  JpegBits bits;
  Bytes data = coded({1, 2, 3});
  data.insert(data.end(), {std::byte{0xff}, std::byte{0xd9}});
  const auto after = [&](int dropped) {
    bits.begin(data);
    JpegBitReader reader = bits.run();
    reader.refill();
    reader.drop(dropped);
    return reader;
  };
  EXPECT_FALSE(bits.is_end(after(16)));
  EXPECT_TRUE(bits.is_end(after(17)));
  EXPECT_TRUE(bits.is_end(after(24)));
  EXPECT_FALSE(bits.is_end(after(25)));
  EXPECT_FALSE(bits.is_behind_end(after(24)));
  EXPECT_TRUE(bits.is_behind_end(after(25)));
}

TEST(JpegBits, AFileThatIsCutOffEndsEarlier) {
  JpegBits bits;
  for (const std::size_t ones : {0, 1, 2}) {
    Bytes data = coded(std::vector<int>(20, 7));
    data.insert(data.end(), ones, std::byte{0xff});
    bits.begin(data);
    JpegBitReader reader = bits.run();
    for (int i = 0; i < 12; ++i) {
      EXPECT_FALSE(bits.is_behind_end(reader));
      reader.refill();
      reader.drop(8);
    }
    EXPECT_FALSE(bits.is_behind_end(reader));
    reader.drop(1);
    EXPECT_TRUE(bits.is_behind_end(reader));
    EXPECT_FALSE(bits.is_end(reader));
    EXPECT_FALSE(bits.take_marker(0xd9));
  }
}

// Where each byte of the data is in the file.
std::vector<std::size_t> places_in_file(const std::vector<int>& plain) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; const int byte : plain) {
    places.push_back(at);
    at += byte == 255 ? 2 : 1;
  }
  return places;
}

TEST(JpegBits, APlaceIsThatInTheFileAndLeadsBackToIt) {
  const std::vector<int> plain = random_bytes(150'000);
  const std::vector<std::size_t> places = places_in_file(plain);
  const Bytes data = coded(plain);
  JpegBits bits, others;
  bits.begin(data);
  others.begin(data);
  JpegBitReader reader = bits.run();
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (bits.needs_more(reader)) reader = bits.with_more(reader);
    reader.refill();
    const JpegBits::Place place = bits.place(reader);
    ASSERT_EQ(place.byte, places[i]) << i;
    ASSERT_EQ(place.bit, 0);
    if (i % 777 == 0) {
      const JpegBitReader other = others.run_from(place);
      ASSERT_EQ(other.bits >> 56, static_cast<unsigned>(plain[i])) << i;
    }
    reader.drop(8);
  }
}

TEST(JpegBits, HoldNoMoreOfALongRunThanOfAShortOne) {
  const Bytes data = coded(std::vector<int>(1'000'000, 255));
  JpegBits bits;
  bits.begin(data);
  JpegBitReader reader = bits.run();
  const std::int64_t before = testing::allocations();
  for (int i = 0; i < 999'000; ++i) {
    if (bits.needs_more(reader)) reader = bits.with_more(reader);
    reader.refill();
    reader.drop(8);
  }
  const std::int64_t allocated = testing::allocations() - before;
  EXPECT_EQ(allocated, 0);
  EXPECT_EQ(bits.place(reader).byte, 2U * 999'000);
}

}  // namespace
}  // namespace seg
