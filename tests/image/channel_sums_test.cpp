// SPDX-License-Identifier: Apache-2.0
#include "image/channel_sums.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(ChannelSums, AreOfEachChannelAlone) {
  Image image({2, 2, 3, PixelType::u8});
  for (std::size_t i = 0; i < 12; ++i) image.bytes()[i] = static_cast<std::byte>(20 * i);
  const ChannelSums sums = channel_sums(image);
  EXPECT_EQ(sums.values, (std::vector<std::uint64_t>{360, 440, 520}));  // 0+60+120+180, 20+80+…, 40+100+…
  EXPECT_EQ(sums.squares, (std::vector<std::uint64_t>{50400, 66400, 85600}));
}

TEST(ChannelSums, OfTheLargestValuesAreExact) {
  Image image({300, 400, 1, PixelType::u16});
  for (std::int64_t y = 0; y < 300; ++y)
    for (std::uint16_t& value : image.row<std::uint16_t>(y)) value = 65535;
  const ChannelSums sums = channel_sums(image);
  EXPECT_EQ(sums.values[0], 120000ull * 65535);
  EXPECT_EQ(sums.squares[0], 120000ull * 65535 * 65535);
}

TEST(ChannelSums, OfAPartLeaveTheRestOut) {
  Image image({3, 3, 1, PixelType::u8});
  for (std::size_t i = 0; i < 9; ++i) image.bytes()[i] = static_cast<std::byte>(i);
  EXPECT_EQ(channel_sums(ImageView(image).part({1, 1, 2, 1})).values[0], 4u + 7u);
}

}  // namespace
}  // namespace seg
