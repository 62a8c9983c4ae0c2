// SPDX-License-Identifier: Apache-2.0
#include "image/color_map.h"

#include <gtest/gtest.h>

#include <set>

namespace seg {
namespace {

Rgb pixel(const Image& image, std::int64_t y, std::int64_t x) {
  const auto row = image.row<std::uint8_t>(y).subspan(static_cast<std::size_t>(3 * x), 3);
  return {row[0], row[1], row[2]};
}

int distance(Rgb a, Rgb b) { return std::abs(a.r - b.r) + std::abs(a.g - b.g) + std::abs(a.b - b.b); }

Image filled(std::int64_t height, std::int64_t width, std::uint8_t value, std::int64_t channels = 3) {
  Image image({height, width, channels, PixelType::u8});
  for (std::byte& byte : image.bytes()) byte = std::byte{value};
  return image;
}

TEST(Palette, ColoursAreDistinctAndNeverTheMarkForErrors) {
  const auto palette = default_palette(256);
  ASSERT_EQ(palette.size(), 256u);
  for (std::size_t i = 0; i < palette.size(); ++i) {
    EXPECT_NE(palette[i], (Rgb{255, 0, 255}));
    for (std::size_t j = 0; j < i; ++j) {
      ASSERT_NE(palette[i], palette[j]) << i << " " << j;
      if (i < 20) {
        EXPECT_GT(distance(palette[i], palette[j]), 60) << i << " " << j;
      }
    }
  }
  EXPECT_TRUE(default_palette(0).empty());
}

TEST(Palette, ASmallOneIsTheBeginningOfALargeOne) {
  const auto large = default_palette(40), small = default_palette(7);
  EXPECT_TRUE(std::equal(small.begin(), small.end(), large.begin()));
}

TEST(ToRgb, ShowsAnyImage) {
  EXPECT_EQ(pixel(to_rgb(filled(1, 1, 9, 1)), 0, 0), (Rgb{9, 9, 9}));
  Image deep({1, 1, 4, PixelType::u16});
  for (std::size_t c = 0; c < 4; ++c) deep.row<std::uint16_t>(0)[c] = static_cast<std::uint16_t>(0x1234 + 0x100 * c);
  EXPECT_EQ(pixel(to_rgb(deep), 0, 0), (Rgb{0x12, 0x13, 0x14}));
}

TEST(Colorize, UsesThePaletteAndMarksWhatIsBeyondIt) {
  LabelMap labels(1, 3);
  labels.values()[0] = 1;
  labels.values()[1] = 2;
  labels.values()[2] = 255;
  const std::vector<Rgb> palette = {{1, 1, 1}, {5, 6, 7}};
  const Image picture = colorize(labels, palette, {.ignore_label = 255});
  EXPECT_EQ(pixel(picture, 0, 0), (Rgb{5, 6, 7}));
  EXPECT_EQ(pixel(picture, 0, 1), (Rgb{255, 0, 255}));
  EXPECT_NE(pixel(picture, 0, 2), (Rgb{255, 0, 255}));
}

TEST(Overlay, BlendsByAlpha) {
  LabelMap labels(1, 1);
  labels.values()[0] = 0;
  const std::vector<Rgb> palette = {{200, 100, 0}};
  const Image image = filled(1, 1, 100);
  EXPECT_EQ(pixel(overlay(image, labels, palette, {.alpha = 0}), 0, 0), (Rgb{100, 100, 100}));
  EXPECT_EQ(pixel(overlay(image, labels, palette, {.alpha = 128}), 0, 0), (Rgb{150, 100, 50}));
  EXPECT_EQ(pixel(overlay(image, labels, palette, {.alpha = 256}), 0, 0), (Rgb{200, 100, 0}));
}

TEST(Overlay, IgnoredPixelsAreHatchedAndBordersOutlined) {
  LabelMap labels(16, 16);
  for (std::uint8_t& label : labels.values()) label = 255;
  const std::vector<Rgb> palette = {{200, 100, 0}};
  const Image image = filled(16, 16, 200);
  const Image hatched = overlay(image, labels, palette, {.ignore_label = 255});
  std::set<int> seen;
  for (std::int64_t x = 0; x < 16; ++x) seen.insert(pixel(hatched, 3, x).r);
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen.contains(200));  // the image is seen between the lines

  for (std::uint8_t& label : labels.values()) label = 0;
  labels.row(8)[8] = 1;
  const std::vector<Rgb> two = {{0, 0, 0}, {250, 0, 0}};
  const Image outlined = overlay(image, labels, two, {.alpha = 0, .outline = true});
  EXPECT_EQ(pixel(outlined, 8, 8), (Rgb{250, 0, 0}));
  EXPECT_EQ(pixel(outlined, 8, 7), (Rgb{0, 0, 0}));
  EXPECT_EQ(pixel(outlined, 2, 2), (Rgb{200, 200, 200}));
}

TEST(Overlay, OtherSizesAreTheCallersBug) {
  EXPECT_THROW(overlay(filled(2, 2, 0), LabelMap(2, 3), {}), std::logic_error);
}

TEST(Sheet, PlacesPicturesInCellsWithGutters) {
  const std::vector<Image> pictures = {filled(2, 3, 10), filled(1, 1, 20, 1), filled(2, 2, 30)};
  const Image all = sheet(pictures, {.columns = 2, .gutter = 1, .background = {7, 7, 7}});
  ASSERT_EQ(all.layout(), (ImageLayout{7, 9, 3, PixelType::u8}));
  EXPECT_EQ(pixel(all, 0, 0).r, 7);
  EXPECT_EQ(pixel(all, 1, 1).r, 10);
  EXPECT_EQ(pixel(all, 2, 3).r, 10);
  EXPECT_EQ(pixel(all, 1, 5).r, 20);
  EXPECT_EQ(pixel(all, 1, 6).r, 7);
  EXPECT_EQ(pixel(all, 4, 1).r, 30);
  EXPECT_EQ(pixel(all, 4, 5).r, 7);
  EXPECT_THROW(sheet({}), std::logic_error);
}

}  // namespace
}  // namespace seg
