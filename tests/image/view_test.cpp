// SPDX-License-Identifier: Apache-2.0
#include "image/view.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(ImageView, PartsOfAnImageAreItsPixels) {
  Image image({4, 5, 3, PixelType::u8});
  for (std::size_t i = 0; i < 60; ++i) image.bytes()[i] = static_cast<std::byte>(i);
  const ImageView all = image;
  EXPECT_EQ(all.layout(), image.layout());
  EXPECT_EQ(all.row<std::uint8_t>(2).data(), image.row<std::uint8_t>(2).data());

  const ImageView part = all.part({1, 2, 3, 3}).part({1, 1, 2, 1});
  EXPECT_EQ(part.layout(), (ImageLayout{2, 1, 3, PixelType::u8}));
  for (std::int64_t y = 0; y < 2; ++y) {
    const auto row = part.row<std::uint8_t>(y);
    ASSERT_EQ(row.size(), 3u);
    EXPECT_EQ(row[0], (y + 2) * 15 + 3 * 3);
  }
  EXPECT_EQ(all.part({4, 5, 0, 0}).height(), 0);
}

TEST(LabelView, PartsOfAMapAreItsValues) {
  LabelMap map(3, 4);
  for (std::size_t i = 0; i < 12; ++i) map.values()[i] = static_cast<std::uint8_t>(i);
  const LabelView part = LabelView(map).part({1, 2, 2, 2});
  EXPECT_EQ(part.height(), 2);
  ASSERT_EQ(part.row(1).size(), 2u);
  EXPECT_EQ(part.row(0)[0], 6);
  EXPECT_EQ(part.row(1)[1], 11);
}

}  // namespace
}  // namespace seg
