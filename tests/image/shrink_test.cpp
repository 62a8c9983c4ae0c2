// SPDX-License-Identifier: Apache-2.0
#include "image/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace seg {
namespace {

std::vector<int> values(const Image& image) {
  std::vector<int> result;
  for (const std::byte value : image.bytes()) result.push_back(static_cast<int>(value));
  return result;
}

TEST(Shrink, WhatIsSmallEnoughStaysAsItIs) {
  Image image({2, 3, 3, PixelType::u8});
  std::ranges::fill(image.bytes(), std::byte{7});
  EXPECT_EQ(values(shrunk(image, 3)), values(image));
  EXPECT_EQ(shrunk(image, 3).layout(), image.layout());
}

TEST(Shrink, APixelIsTheMeanOfItsSquare) {
  Image image({2, 5, 1, PixelType::u8});
  const std::vector<int> pixels = {0, 1, 10, 20, 255,  //
                                   2, 4, 30, 41, 255};
  std::ranges::transform(pixels, image.bytes().begin(), [](int value) { return static_cast<std::byte>(value); });
  const Image small = shrunk(image, 3);
  EXPECT_EQ(small.height(), 1);
  EXPECT_EQ(small.width(), 2);
  EXPECT_EQ(values(small), (std::vector<int>{2, (10 + 20 + 255 + 30 + 41 + 255 + 3) / 6}));  // 1.75; 101.8
}

TEST(Shrink, ChannelsDoNotMixAndNoSideIsLonger) {
  Image image({9, 100, 3, PixelType::u8});
  for (std::size_t i = 0; i < image.bytes().size(); ++i) image.bytes()[i] = static_cast<std::byte>(10 * (i % 3));
  for (const std::int64_t longest : {1, 2, 7, 50, 99}) {
    const Image small = shrunk(image, longest);
    EXPECT_LE(std::max(small.height(), small.width()), longest);
    EXPECT_GE(small.height(), 1);
    const auto found = values(small);
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], static_cast<int>(10 * (i % 3)));
  }
}

}  // namespace
}  // namespace seg
