// SPDX-License-Identifier: Apache-2.0
#include "dataset/image_moments.h"

#include <gtest/gtest.h>

#include <cmath>

namespace seg {
namespace {

Image gray(std::int64_t width, std::initializer_list<int> values, PixelType type = PixelType::u8) {
  Image image(
      {.height = static_cast<std::int64_t>(values.size()) / width, .width = width, .channels = 1, .type = type});
  auto value = values.begin();
  for (std::int64_t y = 0; y < image.height(); ++y)
    for (std::size_t x = 0; x < static_cast<std::size_t>(width); ++x, ++value) {
      if (type == PixelType::u8)
        image.row<std::uint8_t>(y)[x] = static_cast<std::uint8_t>(*value);
      else
        image.row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(*value);
    }
  return image;
}

TEST(ImageMomentsOf, EachPixelWeighsTheSameWhateverItsImage) {
  const ImageMoments moments[] = {moments_of(gray(1, {255})), moments_of(gray(3, {0, 0, 0}))};
  const ChannelStatistics found = statistics_of(moments, 1);
  ASSERT_EQ(found.mean.size(), 1u);
  EXPECT_DOUBLE_EQ(found.mean[0], 0.25);
  EXPECT_DOUBLE_EQ(found.std[0], std::sqrt(3.0) / 4);
}

TEST(ImageMomentsOf, GrayCountsForAllChannelsAndSixteenBitsByTheirOwnScale) {
  const ImageMoments moments[] = {moments_of(gray(2, {0, 65535}, PixelType::u16))};
  const ChannelStatistics found = statistics_of(moments, 3);
  ASSERT_EQ(found.std.size(), 3u);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_DOUBLE_EQ(found.mean[c], 0.5);
    EXPECT_DOUBLE_EQ(found.std[c], 0.5);
  }
}

TEST(ImageMomentsOf, ImagesOfOneValueHaveTheSmallestDeviationThatAConfigMayHold) {
  const ImageMoments moments[] = {moments_of(gray(2, {7, 7}))};
  EXPECT_DOUBLE_EQ(statistics_of(moments, 1).std[0], 1e-4);
}

TEST(ImageMomentsOf, NoImageHasNoMean) { EXPECT_TRUE(statistics_of({}, 3).mean.empty()); }

TEST(ImageMomentsOf, AreRoundedForAConfig) {
  const ChannelStatistics statistics = rounded({.mean = {0.123449, 1}, .std = {0.00016, 0.5}});
  EXPECT_EQ(statistics.mean, (std::vector{0.1234, 1.0}));
  EXPECT_EQ(statistics.std, (std::vector{0.0002, 0.5}));
}

TEST(ListText, IsWrittenAsInAConfig) {
  EXPECT_EQ(list_text(std::vector<double>{0.41163, 0.5, 1}), "[0.4116, 0.5000, 1.0000]");
  EXPECT_EQ(list_text({}), "[]");
}

}  // namespace
}  // namespace seg
