// SPDX-License-Identifier: Apache-2.0
#include "image/image.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(Image, ResizeKeepsItsMemory) {
  Image image({10, 20, 3, PixelType::u16});
  const std::byte* data = image.bytes().data();
  image.resize({1, 1, 1, PixelType::u8});
  EXPECT_EQ(image.bytes().size(), 1u);
  image.resize({20, 10, 3, PixelType::u16});
  EXPECT_EQ(image.bytes().data(), data);
  EXPECT_EQ(image.bytes().size(), 1200u);
}

TEST(Image, RowsAreDense) {
  Image image({3, 5, 2, PixelType::u16});
  EXPECT_EQ(image.row<std::uint16_t>(1).size(), 10u);
  EXPECT_EQ(image.row<std::uint16_t>(1).data(), image.row<std::uint16_t>(0).data() + 10);
  LabelMap labels(3, 5);
  EXPECT_EQ(labels.row(2).data(), labels.values().data() + 10);
}

TEST(Image, GrayRepeatsInPlace) {
  Image image({2, 3, 1, PixelType::u8});
  for (std::uint8_t i = 0; i < 6; ++i) image.bytes()[i] = std::byte{i};
  gray_to_rgb(image);
  ASSERT_EQ(image.layout(), (ImageLayout{2, 3, 3, PixelType::u8}));
  for (std::size_t i = 0; i < 18; ++i) EXPECT_EQ(image.bytes()[i], static_cast<std::byte>(i / 3));

  Image deep({1, 2, 1, PixelType::u16});
  deep.row<std::uint16_t>(0)[0] = 1000;
  deep.row<std::uint16_t>(0)[1] = 65535;
  gray_to_rgb(deep);
  const auto row = deep.row<std::uint16_t>(0);
  EXPECT_EQ(std::vector<std::uint16_t>(row.begin(), row.end()),
            (std::vector<std::uint16_t>{1000, 1000, 1000, 65535, 65535, 65535}));
}

TEST(Window, LiesWithinAnImageOrNot) {
  EXPECT_TRUE((Window{0, 0, 4, 5}).within(4, 5));
  EXPECT_TRUE((Window{4, 5, 0, 0}).within(4, 5));
  EXPECT_FALSE((Window{1, 0, 4, 5}).within(4, 5));
  EXPECT_FALSE((Window{0, -1, 1, 1}).within(4, 5));
  EXPECT_FALSE((Window{0, 0, -1, 1}).within(4, 5));
  EXPECT_FALSE((Window{1, 1, INT64_MAX, 1}).within(4, 5));
}

}  // namespace
}  // namespace seg
