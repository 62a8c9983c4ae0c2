// SPDX-License-Identifier: Apache-2.0
#include "image/decode.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/image/jpeg_maker.h"
#include "tests/image/png_maker.h"
#include "tests/image/tiff_maker.h"

namespace seg {
namespace {

Problem refusal(const std::string& content) {
  try {
    image_layout(testing::to_bytes(content), "a/b.png");
  } catch (const UserError& error) {
    return error.problems().at(0);
  }
  return {};
}

TEST(Decode, OtherFormatsAreRefusedByName) {
  using namespace std::string_literals;
  EXPECT_EQ(refusal("GIF89a...").what, "a GIF file, which this version does not read");
  EXPECT_EQ(refusal("GIF89a...").where, "a/b.png");
  EXPECT_NE(refusal("BM\1\2\3").what.find("BMP"), std::string::npos);
  EXPECT_NE(refusal("RIFF\1\2\3\4WEBPVP8 ").what.find("WebP"), std::string::npos);
  EXPECT_NE(refusal("P6\n1 1\n255\n").what.find("PNM"), std::string::npos);
  EXPECT_NE(refusal("\x89HDF\r\n\x1a\n..").what.find("HDF5"), std::string::npos);
  EXPECT_NE(refusal("version https://git-lfs.github.com/spec/v1").remedy.find("git-lfs"), std::string::npos);
  EXPECT_NE(refusal(std::string(64, '\0')).what.find("known format"), std::string::npos);
  EXPECT_EQ(refusal("").what, "the file is empty");
}

TEST(Decode, TheFirstBytesOfAFileAreEnoughForItsLayout) {
  Bytes file = testing::make_png(testing::random_png(300, 200, 16, testing::kPngRgb));
  file.resize(64);
  EXPECT_EQ(layout_of_start(file, "a.png"), (ImageLayout{200, 300, 3, PixelType::u16}));
  EXPECT_EQ(image_layout(file, "a.png"), (ImageLayout{200, 300, 3, PixelType::u16}));
}

TEST(Decode, AJpegWithALongHeaderNeedsMoreThanItsFirstBytes) {
  const Bytes file = testing::make_jpeg(testing::gradient_image(20, 30, 3), {.profile_bytes = 9000});
  const std::span<const std::byte> start = std::span(file).first(kLayoutBytes);
  EXPECT_EQ(layout_of_start(start, "a.jpg"), std::nullopt);
  EXPECT_EQ(image_layout(file, "a.jpg"), (ImageLayout{20, 30, 3, PixelType::u8}));
  EXPECT_THROW(image_layout(start, "a.jpg"), UserError);
}

TEST(Decode, ATiffIsReadForImagesAndLabelsAndHasNoEndToLookAt) {
  const auto raw = testing::random_tiff({.width = 6, .height = 5, .is_big_endian = true});
  for (const bool is_big : {false, true}) {
    auto recipe = raw;
    recipe.is_big = is_big;
    const Bytes file = testing::make_tiff(recipe);
    EXPECT_EQ(format_of(file), ImageFormat::tiff);
    EXPECT_EQ(layout_of_start(file, "a.tif"), std::nullopt);
    EXPECT_EQ(image_layout(file, "a.tif"), (ImageLayout{5, 6, 1, PixelType::u8}));
    EXPECT_EQ(label_layout(file, "a.tif"), (ImageLayout{5, 6, 1, PixelType::u8}));
    EXPECT_TRUE(has_end(ImageFormat::tiff, std::span(file).last(kEndBytes)));
    Image image;
    LabelMap labels;
    decode_image(file, "a.tif", {1, 2, 3, 4}, image);
    decode_labels(file, "a.tif", {1, 2, 3, 4}, labels);
    EXPECT_EQ(image.row<std::uint8_t>(2)[3], raw.at(3, 5, 0));
    EXPECT_EQ(labels.row(2)[3], raw.at(3, 5, 0));
  }
}

TEST(Decode, EndsAreKnownByFormat) {
  const Bytes jpeg = testing::make_jpeg(testing::gradient_image(20, 30, 3));
  const Bytes png = testing::make_png(testing::random_png(5, 4, 8, testing::kPngRgb));
  const auto end = [](const Bytes& file, std::size_t missing) {
    return std::span(file).first(file.size() - missing).last(std::min(kEndBytes, file.size() - missing));
  };
  EXPECT_TRUE(has_end(ImageFormat::jpeg, end(jpeg, 0)));
  EXPECT_FALSE(has_end(ImageFormat::jpeg, end(jpeg, 1)));
  EXPECT_TRUE(has_end(ImageFormat::png, end(png, 0)));
  EXPECT_FALSE(has_end(ImageFormat::png, end(png, 1)));
  EXPECT_FALSE(has_end(ImageFormat::png, end(jpeg, 0)));
}

TEST(Decode, AJpegIsAnImageButNoLabel) {
  const Bytes file = testing::make_jpeg(testing::flat_image(8, 8, {200, 100, 50}));
  Image image;
  decode_image(file, "a.png", {1, 2, 3, 4}, image);
  EXPECT_EQ(image.layout(), (ImageLayout{3, 4, 3, PixelType::u8}));
  EXPECT_NEAR(image.row<std::uint8_t>(0)[0], 200, 3);
  LabelMap labels;
  try {
    decode_labels(file, "label.jpg", {0, 0, 8, 8}, labels);
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, "label.jpg");
    EXPECT_NE(error.problems()[0].what.find("compression changes values"), std::string::npos);
    EXPECT_NE(error.problems()[0].remedy.find("export the labels again as PNG"), std::string::npos);
  }
}

TEST(Decode, APngIsOneWhateverItsName) {
  const auto png = testing::random_png(5, 4, 8, testing::kPngPalette);
  const Bytes file = testing::make_png(png);
  Image image;
  LabelMap labels;
  decode_image(file, "a.jpg", {1, 1, 2, 3}, image);
  decode_labels(file, "a.jpg", {1, 1, 2, 3}, labels);
  EXPECT_EQ(image.layout(), (ImageLayout{2, 3, 3, PixelType::u8}));
  EXPECT_EQ(labels.row(0)[0], png.at(1, 1, 0));
  EXPECT_EQ(image.row<std::uint8_t>(0)[0], png.palette[png.at(1, 1, 0)].r);
}

}  // namespace
}  // namespace seg
