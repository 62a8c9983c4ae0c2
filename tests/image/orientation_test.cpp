// SPDX-License-Identifier: Apache-2.0
#include "image/orientation.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/image/jpeg_maker.h"

namespace seg {
namespace {

using testing::exif_text;

Orientation of(const std::string& exif) { return exif_orientation(testing::to_bytes(exif)); }

TEST(Orientation, IsReadInEitherByteOrder) {
  for (int number = 1; number <= 8; ++number)
    for (const bool is_little : {true, false})
      for (const int type : {3, 4}) EXPECT_EQ(of(exif_text(number, is_little, type)).number, number);
}

TEST(Orientation, WhatCannotBeReadIsUpright) {
  EXPECT_TRUE(of("").is_upright());
  EXPECT_TRUE(of("II").is_upright());
  EXPECT_TRUE(of(exif_text(0, true)).is_upright());
  EXPECT_TRUE(of(exif_text(9, true)).is_upright());
  EXPECT_TRUE(of(exif_text(6, true, 2)).is_upright());
  std::string other = exif_text(6, true);
  other[2] = 43;
  EXPECT_TRUE(of(other).is_upright());
  std::string far = exif_text(6, true);
  far.replace(4, 4, "\xff\xff\xff\xff");  // a directory beyond the end
  EXPECT_TRUE(of(far).is_upright());
}

TEST(Orientation, DamagedExifIsNeverReadBeyondItsEnd) {
  const std::string exif = exif_text(6, false);
  for (std::size_t size = 0; size < exif.size(); ++size) {
    const Bytes part = testing::to_bytes(exif.substr(0, size));
    EXPECT_EQ(exif_orientation(part).number, size >= 32 ? 6 : 1) << size;
  }
  for (std::size_t bit = 0; bit < exif.size() * 8; ++bit) {
    Bytes damaged = testing::to_bytes(exif);
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const int number = exif_orientation(damaged).number;
    EXPECT_TRUE(number >= 1 && number <= 8);
  }
}

// What EXIF says of each number: the side of the upright image at which the stored row 0 and column 0 lie.
struct Sides {
  std::string row, column;
};
const std::array<Sides, 8> kSides = {{{"top", "left"},
                                      {"top", "right"},
                                      {"bottom", "right"},
                                      {"bottom", "left"},
                                      {"left", "top"},
                                      {"right", "top"},
                                      {"right", "bottom"},
                                      {"left", "bottom"}}};

struct Place {
  int y = 0, x = 0;
};
Place place_of(const Sides& sides, int row, int column, int height, int width) {
  Place place;
  for (const auto& [side, distance] : {std::pair(sides.row, row), std::pair(sides.column, column)}) {
    if (side == "top") place.y = distance;
    if (side == "bottom") place.y = height - 1 - distance;
    if (side == "left") place.x = distance;
    if (side == "right") place.x = width - 1 - distance;
  }
  return place;
}

TEST(Orientation, TurnsPixelsAndWindowsAsTheSpecificationSays) {
  constexpr int kRows = 4, kColumns = 7;
  for (int number = 1; number <= 8; ++number) {
    const Orientation orientation{number};
    const int height = number >= 5 ? kColumns : kRows, width = number >= 5 ? kRows : kColumns;
    EXPECT_EQ(orientation.swaps_sides(), number >= 5);
    for (const std::int64_t size : {1, 3}) {
      std::vector<std::byte> stored(static_cast<std::size_t>(kRows * kColumns * size)), upright(stored.size());
      for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<std::byte>(i);
      turn_upright(orientation, {.bytes = stored, .height = kRows, .width = kColumns, .pixel_bytes = size}, upright);
      for (int row = 0; row < kRows; ++row)
        for (int column = 0; column < kColumns; ++column) {
          const Place place = place_of(kSides[static_cast<std::size_t>(number - 1)], row, column, height, width);
          for (std::int64_t c = 0; c < size; ++c)
            ASSERT_EQ(upright[static_cast<std::size_t>((place.y * width + place.x) * size + c)],
                      stored[static_cast<std::size_t>((row * kColumns + column) * size + c)])
                << number;
          EXPECT_EQ(stored_window(orientation, {place.y, place.x, 1, 1}, kRows, kColumns), (Window{row, column, 1, 1}));
        }
    }
    EXPECT_EQ(stored_window(orientation, {0, 0, height, width}, kRows, kColumns), (Window{0, 0, kRows, kColumns}));
  }
  EXPECT_EQ(stored_window({6}, {1, 0, 3, 2}, kRows, kColumns), (Window{2, 1, 2, 3}));
}

}  // namespace
}  // namespace seg
