// SPDX-License-Identifier: Apache-2.0
#include "image/orientation.h"

#include <gtest/gtest.h>

#include <algorithm>
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

// Rows that lie apart, as in a window of a larger picture; more columns than are turned at a time.
TEST(Orientation, TurnsViewsAsItTurnsDensePixels) {
  for (const std::int64_t channels : {1, 3, 4}) {
    for (const PixelType type : {PixelType::u8, PixelType::u16}) {
      Image whole({.height = 45, .width = 80, .channels = channels, .type = type});
      LabelMap labels(45, 80);
      for (std::size_t i = 0; i < whole.bytes().size(); ++i) whole.bytes()[i] = static_cast<std::byte>(i * 31 >> 2);
      for (std::size_t i = 0; i < labels.values().size(); ++i)
        labels.values()[i] = static_cast<std::uint8_t>(i * 37 >> 1);
      const Window window{3, 5, 37, 71};
      const std::int64_t pixel_bytes = channels * bytes_of(type);
      std::vector<std::byte> dense, dense_labels;
      for (std::int64_t y = window.top; y < window.top + window.height; ++y) {
        const std::byte* row = whole.bytes().data() + (y * 80 + window.left) * pixel_bytes;
        dense.insert(dense.end(), row, row + window.width * pixel_bytes);
        for (std::int64_t x = 0; x < window.width; ++x)
          dense_labels.push_back(static_cast<std::byte>(labels.row(y)[static_cast<std::size_t>(window.left + x)]));
      }
      for (int number = 1; number <= 8; ++number) {
        Image upright;
        LabelMap upright_labels;
        turn_upright({number}, ImageView(whole).part(window), upright);
        turn_upright({number}, LabelView(labels).part(window), upright_labels);
        std::vector<std::byte> expected(dense.size()), expected_labels(dense_labels.size());
        turn_upright({number}, {dense, window.height, window.width, pixel_bytes}, expected);
        turn_upright({number}, {dense_labels, window.height, window.width, 1}, expected_labels);
        EXPECT_EQ(upright.height(), number >= 5 ? window.width : window.height);
        EXPECT_TRUE(std::ranges::equal(upright.bytes(), expected)) << number;
        EXPECT_TRUE(std::ranges::equal(std::as_bytes(upright_labels.values()), expected_labels)) << number;
      }
    }
  }
  Image nothing;
  turn_upright({6}, ImageView(Image({.height = 0, .width = 0, .channels = 3})), nothing);
  EXPECT_EQ(nothing.height(), 0);
}

}  // namespace
}  // namespace seg
