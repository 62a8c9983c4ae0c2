// SPDX-License-Identifier: Apache-2.0
#include "image/channels.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace seg {
namespace {

Image counted(std::int64_t channels, PixelType type, unsigned start) {
  Image image({2, 3, channels, type});
  for (std::size_t i = 0; i < static_cast<std::size_t>(6 * channels); ++i) {
    const unsigned value = start + static_cast<unsigned>(i);
    if (type == PixelType::u8)
      reinterpret_cast<std::uint8_t*>(image.bytes().data())[i] = static_cast<std::uint8_t>(value);
    else
      reinterpret_cast<std::uint16_t*>(image.bytes().data())[i] = static_cast<std::uint16_t>(value);
  }
  return image;
}

TEST(Channels, StandSideBySide) {
  Image whole({2, 3, 4, PixelType::u8});
  put_channels(counted(3, PixelType::u8, 0), 0, whole);
  put_channels(counted(1, PixelType::u8, 100), 3, whole);
  const auto row = whole.row<std::uint8_t>(1);
  EXPECT_EQ(std::vector<int>(row.begin(), row.end()),
            (std::vector<int>{9, 10, 11, 103, 12, 13, 14, 104, 15, 16, 17, 105}));
}

TEST(Channels, EightBitsBesideSixteenAreWidened) {
  Image whole({2, 3, 2, PixelType::u16});
  put_channels(counted(1, PixelType::u8, 250), 1, whole);
  put_channels(counted(1, PixelType::u16, 60000), 0, whole);
  const auto row = whole.row<std::uint16_t>(1);
  EXPECT_EQ(std::vector<int>(row.begin(), row.end()), (std::vector<int>{60003, 65021, 60004, 65278, 60005, 65535}));
}

TEST(Channels, WhatDoesNotFitIsTheCallersBug) {
  Image deep({2, 3, 2, PixelType::u16}), flat({2, 3, 2, PixelType::u8});
  EXPECT_THROW(put_channels(counted(1, PixelType::u16, 0), 0, flat), std::logic_error);
  EXPECT_THROW(put_channels(counted(1, PixelType::u8, 0), 2, flat), std::logic_error);
  EXPECT_THROW(put_channels(Image({2, 4, 1, PixelType::u8}), 0, deep), std::logic_error);
}

}  // namespace
}  // namespace seg
