// SPDX-License-Identifier: Apache-2.0
#include "image/distance_columns.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

constexpr std::uint8_t kIgnored = 7;
using Bytes = std::vector<std::uint8_t>;

// Three rows of labels, the middle one with a pixel more at each end.
struct Labels {
  explicit Labels(std::size_t width) : size(in_distance_blocks(width)), above(size), row(size + 2), below(size) {
    Random random(width, RandomStream::synthetic, 0);
    for (Bytes* each : {&above, &row, &below}) {
      for (std::uint8_t& label : *each) label = static_cast<std::uint8_t>(5 + random.below(3));
    }
  }
  LabelRows rows(std::size_t width) const { return {above.data(), row.data() + 1, below.data(), width}; }

  std::size_t size;
  Bytes above, row, below;
};

TEST(DistanceColumns, BoundariesLieBetweenLabels) {
  at_every_instruction_level([] {
    for (const std::size_t width : {1U, 2U, 15U, 64U, 65U, 200U}) {
      const Labels labels(width);
      Bytes marks(labels.size);
      mark_boundaries(labels.rows(width), kIgnored, marks.data());
      for (std::size_t x = 0; x < width; ++x) {
        const std::uint8_t label = labels.row[x + 1];
        bool is_boundary = false;
        for (const std::uint8_t other : {labels.row[x], labels.row[x + 2], labels.above[x], labels.below[x]}) {
          is_boundary = is_boundary || (label != kIgnored && other != kIgnored && other != label);
        }
        ASSERT_EQ(marks[x], is_boundary ? 0 : 255) << "pixel " << x << " of " << width;
      }
    }
  });
}

TEST(DistanceColumns, PixelsOfOneLabelAndOfTheOthersAreMarked) {
  at_every_instruction_level([] {
    const Labels labels(130);
    Bytes inside(labels.size), others(labels.size);
    mark_label(labels.rows(130), 5, inside.data());
    mark_other_labels(labels.rows(130), 5, kIgnored, others.data());
    for (std::size_t x = 0; x < 130; ++x) {
      ASSERT_EQ(inside[x], labels.row[x + 1] == 5 ? 0 : 255);
      ASSERT_EQ(others[x], labels.row[x + 1] == 6 ? 0 : 255);
    }
  });
}

// Columns of a height that distances of 8 bits cannot span.
template <class Square>
void check_columns() {
  using Distance = ColumnDistance<Square>;
  constexpr std::int64_t kMost = std::numeric_limits<Distance>::max();
  constexpr std::size_t kHeight = 400, kWidth = 70, kPitch = 128;
  Random random(1, RandomStream::synthetic, 0);
  Bytes marks(kHeight * kPitch, 255);
  for (std::size_t x = 1; x < kWidth; ++x) {  // the first column has none
    for (std::size_t i = 0; i < 1 + x / 20; ++i) marks[random.below(kHeight) * kPitch + x] = 0;
  }
  std::vector<Distance> down(kHeight * kPitch), row(kPitch, std::numeric_limits<Distance>::max());
  for (std::size_t y = 0; y < kHeight; ++y) {
    const Distance* before = y == 0 ? row.data() : down.data() + (y - 1) * kPitch;
    walk_column(marks.data() + y * kPitch, before, down.data() + y * kPitch, kWidth);
  }
  std::vector<Square> squares(kPitch);
  for (std::size_t y = kHeight; y-- > 0;) {
    walk_column_back(down.data() + y * kPitch, row.data(), squares.data(), kWidth);
    for (std::size_t x = 0; x < kWidth; ++x) {
      std::int64_t nearest = kMost;
      for (std::size_t other = 0; other < kHeight; ++other) {
        const std::int64_t there = std::abs(static_cast<std::int64_t>(y) - static_cast<std::int64_t>(other));
        if (marks[other * kPitch + x] == 0) nearest = std::min(nearest, there);
      }
      ASSERT_EQ(row[x], nearest) << y << ", " << x;
      ASSERT_EQ(squares[x], nearest == kMost ? std::int64_t{kNoSource<Square>} : nearest * nearest) << y << ", " << x;
    }
  }
}

TEST(DistanceColumns, EachPixelKnowsTheNearestSourceOfItsColumn) {
  at_every_instruction_level([] {
    check_columns<std::uint16_t>();
    check_columns<std::uint32_t>();
  });
}

}  // namespace
}  // namespace seg
