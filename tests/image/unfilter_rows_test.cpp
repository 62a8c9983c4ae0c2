// SPDX-License-Identifier: Apache-2.0
// Most is tested through unfilter.h (unfilter_test.cpp).
#include "image/unfilter_rows.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "image/unfilter.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

TEST(UnfilterRows, EachRowGoesBackToTheOneAbove) {
  at_every_instruction_level([] {
    constexpr std::size_t kWidth = 20, kStride = kWidth + 1, kPitch = kWidth + 2 * RowUnfilter::kSlack;
    const int count = unfilter_rows_at_once(PixelBytes::one);
    ASSERT_GE(count, 1);
    const auto rows = static_cast<std::size_t>(count);
    std::vector<std::byte> filtered(rows * kStride + 2 * RowUnfilter::kSlack, std::byte{1});
    for (std::size_t y = 0; y < rows; ++y) filtered[RowUnfilter::kSlack + y * kStride] = std::byte{2};
    std::vector<std::byte> kept((rows + 1) * kPitch), above(kPitch, std::byte{10});
    unfilter_rows({.bytes = PixelBytes::one,
                   .pixels = kWidth,
                   .rows = filtered.data() + RowUnfilter::kSlack,
                   .stride = kStride,
                   .count = count,
                   .kept = kept.data() + RowUnfilter::kSlack,
                   .pitch = kPitch,
                   .above = above.data() + RowUnfilter::kSlack});
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < kWidth; ++x)
        ASSERT_EQ(std::to_integer<std::size_t>(kept[RowUnfilter::kSlack + y * kPitch + x]), 11 + y) << y << ", " << x;
  });
}

}  // namespace
}  // namespace seg
