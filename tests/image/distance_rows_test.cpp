// SPDX-License-Identifier: Apache-2.0
#include "image/distance_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/buffer_source.h"
#include "base/random.h"
#include "image/distance_columns.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

template <class T>
T* take(std::vector<Buffer>& memory, std::size_t count) {
  memory.push_back(host_memory().allocate(std::max<std::size_t>(count, 1) * sizeof(T)));
  return reinterpret_cast<T*>(memory.back().bytes().data());
}

// Of columns with a source, one in `rarity`; the rest has none.
template <class Square>
void check(std::size_t width, Square limit, std::uint64_t rarity, std::uint64_t seed) {
  const RowGroupLayout<Square> layout(width, limit);
  std::vector<Buffer> memory;
  const RowGroup<Square> group{.rows = take<Square>(memory, layout.num_rows * layout.pitch),
                               .offsets = take<Square>(memory, layout.num_offsets),
                               .columns = take<Square>(memory, layout.num_columns * layout.num_rows),
                               .nodes = take<Square>(memory, layout.num_nodes * layout.num_rows),
                               .ranges = take<ColumnRange>(memory, layout.num_nodes),
                               .filled = take<ColumnRange>(memory, layout.num_nodes)};
  Random random(seed, RandomStream::synthetic, 0);
  std::fill_n(group.rows, layout.num_rows * layout.pitch, Square{0});
  for (std::size_t r = 0; r < layout.num_rows; ++r) {
    for (std::size_t x = 0; x < width; ++x) {
      const auto distance = static_cast<std::int64_t>(random.below(sizeof(Square) == 2 ? 255 : 4 * width));
      group.rows[r * layout.pitch + x] =
          random.below(rarity) == 0 ? static_cast<Square>(distance * distance) : kNoSource<Square>;
    }
  }
  const std::vector<Square> squares(group.rows, group.rows + layout.num_rows * layout.pitch);
  write_offsets(layout, group.offsets);
  find_in_rows(layout, group);
  for (std::size_t r = 0; r < layout.num_rows; ++r) {
    for (std::size_t x = 0; x < width; ++x) {
      std::int64_t nearest = kNoSource<Square>;
      for (std::size_t s = 0; s < width; ++s) {
        const auto offset = static_cast<std::int64_t>(s) - static_cast<std::int64_t>(x);
        nearest = std::min(nearest, squares[r * layout.pitch + s] + offset * offset);
      }
      const std::int64_t found = group.rows[r * layout.pitch + x];
      if (nearest <= limit) {
        ASSERT_EQ(found, nearest) << "row " << r << ", column " << x << " of " << width;
      } else {
        ASSERT_GT(found, limit) << "row " << r << ", column " << x << " of " << width;
      }
    }
  }
}

template <class Square>
void check_widths(std::initializer_list<std::int64_t> limits) {
  for (const std::size_t width : {1U, 2U, 7U, 8U, 9U, 16U, 31U, 64U, 65U, 150U, 260U}) {
    for (const std::uint64_t rarity : {1U, 5U, 40U, 100000U}) {
      for (const std::int64_t limit : limits) {
        SCOPED_TRACE("limit " + std::to_string(limit) + ", one in " + std::to_string(rarity));
        check<Square>(width, static_cast<Square>(limit), rarity, width + rarity);
      }
    }
  }
}

TEST(DistanceRows, NarrowRowsAreThoseOfTheDefinitionUpToTheLimit) {
  at_every_instruction_level([] { check_widths<std::uint16_t>({0, 1, 9, 1012, 1024, 64 * 64, 255 * 255 - 1}); });
}

TEST(DistanceRows, WideRowsAreThoseOfTheDefinition) {
  at_every_instruction_level([] { check_widths<std::uint32_t>({100, 0x7FFFFFFF}); });
}

TEST(DistanceRows, RowsOfAGroupDoNotShareThePlacesOfACache) {
  for (const std::size_t width : {1U, 64U, 1000U, 1024U, 2048U}) {
    const std::size_t narrow = RowGroupLayout<std::uint16_t>(width, 1024).pitch * 2;
    const std::size_t wide = RowGroupLayout<std::uint32_t>(width, 1024).pitch * 4;
    EXPECT_EQ(narrow % 128, 64U) << width;
    EXPECT_EQ(wide % 128, 64U) << width;
  }
}

}  // namespace
}  // namespace seg
