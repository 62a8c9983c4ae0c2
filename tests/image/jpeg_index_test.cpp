// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_index.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/loader/counted_allocations.h"

namespace seg {
namespace {

std::vector<JpegMark> marks_of(std::uint32_t offset, std::size_t count) {
  std::vector<JpegMark> marks(count);
  for (JpegMark& mark : marks) mark.place.offset = offset;
  return marks;
}

TEST(JpegIndex, KeepsTheMarksOfFilesByName) {
  JpegIndex index;
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
  constexpr std::size_t kBytes = 100'000;
  JpegIndex index(kBytes, KeyedDigest(1));
  const std::vector<JpegMark> all = marks_of(1, kMostJpegMarks);
  std::vector<JpegMark> marks;
  std::size_t kept = 0;
  for (std::uint64_t name = 0; name < 1000; ++name) {
    index.keep(name, all);
    index.find(name, marks);
    kept += marks.size();
  }
  EXPECT_LE(kept * sizeof(JpegMark), kBytes);
  EXPECT_GE(kept * sizeof(JpegMark), kBytes * 9 / 10);
  index.keep(0, marks_of(2, 5));  // a file that it knows
  index.find(0, marks);
  EXPECT_EQ(marks, marks_of(2, 5));
}

// Also when more of its marks are found.
TEST(JpegIndex, AllocatesForNewFilesOnly) {
  JpegIndex index;
  std::vector<JpegMark> marks;
  marks.reserve(kMostJpegMarks);
  const std::vector<JpegMark> few = marks_of(1, 1), all = marks_of(1, kMostJpegMarks);
  index.keep(1, few);
  const std::int64_t before = testing::allocations();
  index.keep(1, all);
  index.find(1, marks);
  const std::int64_t allocated = testing::allocations() - before;
  EXPECT_EQ(allocated, 0);
  EXPECT_EQ(marks, all);
}

TEST(JpegIndex, ThreadsMayUseItAtOnce) {
  JpegIndex index;
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
