// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/random.h"
#include "image/png.h"

namespace seg {
namespace {

Image random_image(const ImageLayout& layout) {
  Image image(layout);
  Random random(3, RandomStream::synthetic, 0);
  for (std::byte& byte : image.bytes()) byte = static_cast<std::byte>(random.below(9));
  return image;
}

TEST(PngEncode, ImagesComeBackAsTheyWere) {
  for (const std::int64_t channels : {1, 3})
    for (const PixelType type : {PixelType::u8, PixelType::u16})
      for (const int level : {0, 1, 6, 9}) {
        const Image image = random_image({17, 31, channels, type});
        const Bytes file = encode_png(image, {.level = level});
        EXPECT_EQ(png_layout(file, "a.png"), image.layout());
        Image back;
        decode_png(file, "a.png", whole(image.layout()), back);
        EXPECT_TRUE(std::ranges::equal(back.bytes(), image.bytes()));
      }
}

TEST(PngEncode, LabelsComeBackWithAndWithoutPalette) {
  LabelMap labels(9, 16);
  for (std::size_t i = 0; i < labels.values().size(); ++i) labels.values()[i] = static_cast<std::uint8_t>(i);
  labels.values()[0] = 255;  // beyond the palette
  const std::vector<Rgb> palette(20, Rgb{1, 2, 3});
  for (const bool colored : {false, true}) {
    const Bytes file = encode_png(labels, colored ? std::span<const Rgb>(palette) : std::span<const Rgb>());
    LabelMap back;
    decode_png_labels(file, "a.png", {0, 0, 9, 16}, back);
    EXPECT_TRUE(std::ranges::equal(back.values(), labels.values()));
    EXPECT_EQ(png_layout(file, "a.png").channels, colored ? 3 : 1);
  }
}

TEST(PngEncode, HigherLevelsAreSmaller) {
  const Image image = random_image({64, 64, 3, PixelType::u8});
  EXPECT_LT(encode_png(image, {.level = 9}).size(), encode_png(image, {.level = 0}).size());
}

TEST(PngEncode, FilesAppearWholeAndReplaceWhatWasThere) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "png_encode_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const Image image = random_image({5, 4, 3, PixelType::u8});
  write_png(folder / "a.png", random_image({50, 40, 1, PixelType::u8}));
  write_png(folder / "a.png", image);
  EXPECT_EQ(read_file(folder / "a.png"), encode_png(image));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  EXPECT_THROW(write_png(folder / "none" / "a.png", image), UserError);
  std::filesystem::remove_all(folder);
}

TEST(PngEncode, WhatNoPngCanHoldIsTheCallersBug) {
  EXPECT_THROW(encode_png(Image({4, 4, 2, PixelType::u8})), std::logic_error);
  EXPECT_THROW(encode_png(Image({0, 4, 1, PixelType::u8})), std::logic_error);
  EXPECT_THROW(encode_png(Image({4, 4, 1, PixelType::u8}), {.level = 10}), std::logic_error);
}

}  // namespace
}  // namespace seg
