// SPDX-License-Identifier: Apache-2.0
#include "image/fill.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(Fill, ColoursTheWindowAndNothingElse) {
  Image picture({4, 5, 3, PixelType::u8});
  constexpr Rgb kColor{10, 20, 30};
  fill(picture, {.top = 1, .left = 2, .height = 2, .width = 3}, kColor);
  for (std::int64_t y = 0; y < 4; ++y)
    for (std::int64_t x = 0; x < 5; ++x) {
      const auto pixel = picture.row<std::uint8_t>(y).subspan(static_cast<std::size_t>(3 * x), 3);
      const bool is_inside = y >= 1 && y < 3 && x >= 2;
      EXPECT_EQ((Rgb{pixel[0], pixel[1], pixel[2]}), is_inside ? kColor : Rgb()) << y << ' ' << x;
    }
}

}  // namespace
}  // namespace seg
