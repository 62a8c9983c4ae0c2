// SPDX-License-Identifier: Apache-2.0
#include "image/unfilter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

struct Kind {
  PixelBytes bytes;
  int stored, kept;
};
constexpr Kind kKinds[] = {{PixelBytes::one, 1, 1},
                           {PixelBytes::two_keep_one, 2, 1},
                           {PixelBytes::three, 3, 3},
                           {PixelBytes::four_keep_three, 4, 3}};

using Rows = std::vector<std::vector<int>>;  // of kept bytes

// By the words of the specification, a byte at a time; `filtered` holds each row's type and bytes.
Rows by_the_book(const std::vector<std::vector<int>>& filtered, const Kind& kind, int pixels) {
  Rows rows;
  std::vector<int> above(filtered.front().size() - 1, 0);
  for (const auto& row : filtered) {
    std::vector<int> whole(row.size() - 1), kept;
    for (int i = 0; i < static_cast<int>(whole.size()); ++i) {
      const auto at = [&](const std::vector<int>& of, int j) { return j < 0 ? 0 : of[static_cast<std::size_t>(j)]; };
      const int a = at(whole, i - kind.stored), b = at(above, i), c = at(above, i - kind.stored);
      const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
      const int guesses[] = {0, a, b, (a + b) / 2, pa <= pb && pa <= pc ? a : pb <= pc ? b : c};
      whole[static_cast<std::size_t>(i)] = (row[static_cast<std::size_t>(i) + 1] + guesses[row[0]]) & 255;
      if (i % kind.stored < kind.kept && i / kind.stored < pixels) kept.push_back(whole[static_cast<std::size_t>(i)]);
    }
    above = whole;
    rows.push_back(kept);
  }
  return rows;
}

// Extreme values, so that sums leave the range and Paeth's ties occur.
std::vector<std::vector<int>> random_rows(const Kind& kind, int width, int height, int filter, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, static_cast<std::uint64_t>(width));
  std::vector<std::vector<int>> rows;
  for (int y = 0; y < height; ++y) {
    rows.push_back({filter < 0 ? static_cast<int>(random.below(5)) : filter});
    for (int i = 0; i < width * kind.stored; ++i)
      rows.back().push_back(random.below(2) == 0 ? static_cast<int>(random.below(3)) * 127 + 1
                                                 : static_cast<int>(random.below(256)));
  }
  return rows;
}

Rows unfiltered(RowUnfilter& unfilter, const std::vector<std::vector<int>>& filtered, const Kind& kind, int pixels) {
  const std::size_t stride = filtered.front().size();
  std::vector<std::byte> memory(2 * RowUnfilter::kSlack + stride * filtered.size(), std::byte{0xa5});
  std::byte* to = memory.data() + RowUnfilter::kSlack;
  for (const auto& row : filtered)
    for (const int value : row) *to++ = static_cast<std::byte>(value);
  unfilter.begin(kind.bytes, pixels);
  Rows rows;
  for (std::size_t y = 0; y < filtered.size();) {
    const int count = std::min(unfilter.rows_at_once(), static_cast<int>(filtered.size() - y));
    unfilter.next(memory.data() + RowUnfilter::kSlack + y * stride, stride, count);
    for (int i = 0; i < count; ++i, ++y) {
      rows.emplace_back();
      for (const std::byte byte : unfilter.row(i)) rows.back().push_back(std::to_integer<int>(byte));
    }
  }
  return rows;
}

TEST(Unfilter, EveryFilterKindAndWidthIsAsTheSpecificationSays) {
  at_every_instruction_level([] {
    RowUnfilter unfilter;
    for (const Kind& kind : kKinds)
      for (const int filter : {-1, 0, 1, 2, 3, 4})
        for (const int width : {1, 2, 3, 15, 16, 17, 64, 131}) {
          const auto rows = random_rows(kind, width, 83, filter, 1);
          for (const int pixels : {width, (width + 1) / 2})
            ASSERT_EQ(unfiltered(unfilter, rows, kind, pixels), by_the_book(rows, kind, pixels))
                << kind.stored << " bytes, filter " << filter << ", width " << width << ", pixels " << pixels;
        }
  });
}

TEST(Unfilter, AnyNumberOfRowsIsServed) {
  at_every_instruction_level([] {
    RowUnfilter unfilter;
    for (const Kind& kind : kKinds)
      for (int height = 1; height < 40; ++height) {
        const auto rows = random_rows(kind, 21, height, -1, static_cast<std::uint64_t>(height));
        ASSERT_EQ(unfiltered(unfilter, rows, kind, 21), by_the_book(rows, kind, 21)) << height;
      }
  });
}

TEST(Unfilter, PaethIsRightForManyNeighbours) {
  for (const Kind& kind : {kKinds[0], kKinds[2]}) {
    const auto rows = random_rows(kind, 6000, 34, 4, 2);
    const Rows expected = by_the_book(rows, kind, 6000);
    at_every_instruction_level([&] {
      RowUnfilter unfilter;
      EXPECT_TRUE(unfiltered(unfilter, rows, kind, 6000) == expected);
    });
  }
}

}  // namespace
}  // namespace seg
