// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_index.h"

#include <gtest/gtest.h>

#include <thread>

namespace seg {
namespace {

std::vector<JpegMark> marks_of(std::uint32_t offset, std::size_t count) {
  std::vector<JpegMark> marks(count);
  for (JpegMark& mark : marks) mark.place.offset = offset;
  return marks;
}

TEST(JpegIndex, KeepsTheMarksOfFilesByName) {
  JpegIndex index(10000);
  std::vector<JpegMark> marks = marks_of(1, 1);
  index.find(7, marks);
  EXPECT_TRUE(marks.empty());
  index.keep(7, marks_of(100, 2));
  index.keep(8, marks_of(200, 3));
  index.find(7, marks);
  EXPECT_EQ(marks, marks_of(100, 2));
  index.keep(7, marks_of(300, 1));
  index.find(7, marks);
  EXPECT_EQ(marks, marks_of(300, 1));
  index.find(8, marks);
  EXPECT_EQ(marks, marks_of(200, 3));
}

TEST(JpegIndex, TakesNoMoreThanItsBytes) {
  JpegIndex index(20 * sizeof(JpegMark));
  std::vector<JpegMark> marks;
  index.keep(1, marks_of(1, 10));
  index.keep(2, marks_of(2, 10));
  index.find(1, marks);
  EXPECT_EQ(marks, marks_of(1, 10));
  index.find(2, marks);
  EXPECT_TRUE(marks.empty());
  index.keep(1, marks_of(3, 1));  // which makes room
  index.keep(2, marks_of(2, 10));
  index.find(2, marks);
  EXPECT_EQ(marks, marks_of(2, 10));
}

TEST(JpegIndex, EveryByteAndTheirOrderChangeADigest) {
  std::vector<std::byte> bytes(77);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37);
  const JpegDigest digest = JpegDigest().extended(bytes);
  EXPECT_EQ(JpegDigest().extended(bytes), digest);
  EXPECT_FALSE(digest.extended(bytes) == digest);
  EXPECT_FALSE(JpegDigest().extended(std::span(bytes).first(76)) == digest);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::vector<std::byte> other = bytes;
    other[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const JpegDigest changed = JpegDigest().extended(other);
    EXPECT_TRUE(changed.first != digest.first || changed.second != digest.second);
  }
  const std::vector<std::byte> zeros(64);
  EXPECT_FALSE(JpegDigest().extended(std::span(zeros).first(32)) == JpegDigest().extended(zeros));
}

TEST(JpegIndex, ThreadsMayUseItAtOnce) {
  JpegIndex index(1 << 20);
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&index, thread] {
      std::vector<JpegMark> marks;
      for (std::uint32_t i = 0; i < 500; ++i) {
        index.keep(i % 10, marks_of(i % 10, 1 + (i + thread) % 5));
        index.find(i % 10, marks);
        ASSERT_FALSE(marks.empty());
        ASSERT_EQ(marks[0].place.offset, i % 10);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace seg
