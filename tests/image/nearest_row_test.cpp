// SPDX-License-Identifier: Apache-2.0
#include "image/nearest_row.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

void check_positions(std::size_t row_size, double step, bool is_reversed, std::size_t size) {
  std::vector<std::int32_t> positions;
  for (std::size_t i = 0; i < size; ++i) {
    positions.push_back(std::min(static_cast<std::int32_t>(step * static_cast<double>(i)),  //
                                 static_cast<std::int32_t>(row_size) - 1));
  }
  if (is_reversed) std::ranges::reverse(positions);
  // Of exactly this size, so that a sanitizer sees what is read behind it.
  const auto row = std::make_unique<std::uint8_t[]>(row_size);
  Random random(row_size, RandomStream::synthetic, 0);
  for (std::size_t i = 0; i < row_size; ++i) row[i] = static_cast<std::uint8_t>(random.bits());
  NearestRow nearest;
  nearest.prepare(positions, row_size);
  std::vector<std::uint8_t> out(size + 1, 99);
  nearest.take({row.get(), row_size}, std::span(out).first(size));
  for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(out[i], row[static_cast<std::size_t>(positions[i])]) << i;
  ASSERT_EQ(out[size], 99);
}

TEST(NearestRow, TakesTheLabelsAtItsPositions) {
  at_every_instruction_level([] {
    for (const std::size_t row_size : {1U, 2U, 15U, 16U, 17U, 31U, 33U, 64U, 200U, 2048U}) {
      for (const double step : {0.1, 0.5, 1.0, 1.1, 2.0, 3.7, 4.0, 8.3, 30.0}) {
        SCOPED_TRACE(std::to_string(row_size) + " labels, step " + std::to_string(step));
        for (const std::size_t size : {1U, 15U, 16U, 17U, 32U, 100U, 1024U}) {
          check_positions(row_size, step, false, size);
          check_positions(row_size, step, true, size);
        }
      }
    }
  });
}

TEST(NearestRow, PreparedAgainForgetsTheRowBefore) {
  NearestRow nearest;
  const std::vector<std::int32_t> far{0, 50, 100}, near{0, 1};
  nearest.prepare(far, 101);
  nearest.prepare(near, 2);
  const std::vector<std::uint8_t> row{7, 9};
  std::vector<std::uint8_t> out(2);
  nearest.take(row, out);
  EXPECT_EQ(out, row);
}

TEST(NearestRow, CountsOneValue) {
  at_every_instruction_level([] {
    for (std::size_t size = 0; size < 300; ++size) {
      std::vector<std::uint8_t> labels(size, 3);
      std::size_t expected = 0;
      for (std::size_t i = 0; i < size; i += 1 + i % 5, ++expected) labels[i] = 255;
      ASSERT_EQ(count_of(255, labels), expected);
      ASSERT_EQ(count_of(3, labels), size - expected);
      ASSERT_EQ(count_of(4, labels), 0U);
    }
  });
}

}  // namespace
}  // namespace seg
