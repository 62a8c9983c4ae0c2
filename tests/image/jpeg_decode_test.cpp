// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <thread>

#include "base/error.h"
#include "image/jpeg.h"
#include "image/orientation.h"
#include "tests/image/jpeg_maker.h"

namespace seg {
namespace {

using testing::flat_image, testing::gradient_image, testing::JpegRecipe, testing::make_jpeg, testing::noise_image;

Image decoded(const Bytes& file, std::optional<Window> window = {}) {
  Image image;
  decode_jpeg(file, "street.jpg", window ? *window : whole(*jpeg_layout(file, "street.jpg")), image);
  return image;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, "street.jpg");
    EXPECT_FALSE(error.problems()[0].remedy.empty());
    return error.problems()[0].what;
  }
  return "no error";
}

// A file that ends within its header has no layout, so its first pixel is asked for.
std::string decode_error(const Bytes& file) {
  return error_of([&] {
    const auto layout = jpeg_layout(file, "street.jpg");
    decoded(file, layout ? whole(*layout) : Window{0, 0, 1, 1});
  });
}

Bytes start_of(const Bytes& file, std::size_t size) {
  return {file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)};
}

void expect_near(const Image& image, const Image& expected, int tolerance) {
  ASSERT_EQ(image.layout(), expected.layout());
  for (std::size_t i = 0; i < image.bytes().size(); ++i)
    ASSERT_NEAR(std::to_integer<int>(image.bytes()[i]), std::to_integer<int>(expected.bytes()[i]), tolerance) << i;
}

void expect_window(const Image& window, const Window& place, const Image& all) {
  ASSERT_EQ(window.layout(), (ImageLayout{place.height, place.width, all.channels(), PixelType::u8}));
  for (std::int64_t y = 0; y < place.height; ++y) {
    const auto want = all.row<std::uint8_t>(place.top + y)
                          .subspan(static_cast<std::size_t>(place.left * all.channels()),
                                   static_cast<std::size_t>(place.width * all.channels()));
    ASSERT_TRUE(std::ranges::equal(window.row<std::uint8_t>(y), want)) << "row " << y;
  }
}

const std::vector<JpegRecipe> kColourRecipes = {
    {},
    {.stored = JCS_RGB},
    {.across = 2},
    {.down = 2},
    {.across = 2, .down = 2},
    {.across = 4},
    {.across = 2, .down = 2, .is_progressive = true},
    {.across = 2, .is_progressive = true, .restart_rows = 1},
    {.across = 2, .down = 2, .restart_rows = 1},
    {.across = 2, .down = 2, .has_scan_for_each_channel = true},
};

TEST(JpegDecode, FlatColoursAndGradientsComeBack) {
  for (const JpegRecipe& recipe : kColourRecipes) {
    for (const std::vector<int>& color : {std::vector{255, 0, 0}, {0, 255, 0}, {20, 90, 200}, {0, 0, 0}})
      expect_near(decoded(make_jpeg(flat_image(19, 33, color), recipe)), flat_image(19, 33, color), 3);
    expect_near(decoded(make_jpeg(gradient_image(45, 70, 3), recipe)), gradient_image(45, 70, 3), 12);
  }
  for (const bool is_progressive : {false, true}) {
    const JpegRecipe gray{.stored = JCS_GRAYSCALE, .is_progressive = is_progressive};
    expect_near(decoded(make_jpeg(gradient_image(45, 70, 1), gray)), gradient_image(45, 70, 1), 4);
  }
}

TEST(JpegDecode, InksBecomeColours) {
  // As Adobe stores it: 255 is no ink.
  struct Case {
    std::vector<int> inks, color;
  };
  const std::vector<Case> cases = {{{255, 255, 255, 255}, {255, 255, 255}},
                                   {{0, 255, 255, 255}, {0, 255, 255}},
                                   {{255, 255, 255, 0}, {0, 0, 0}},
                                   {{200, 100, 50, 128}, {100, 50, 25}}};
  for (const Case& one : cases)
    for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK})
      expect_near(decoded(make_jpeg(flat_image(16, 16, one.inks), {.stored = stored, .quality = 100})),
                  flat_image(16, 16, one.color), 3);
}

TEST(JpegDecode, WithoutAdobesMarkerInksAreNotInverted) {
  Bytes file = make_jpeg(flat_image(16, 16, {55, 155, 205, 127}), {.stored = JCS_CMYK, .quality = 100});
  std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t marker = text.find("\xff\xee");
  ASSERT_NE(marker, std::string::npos);
  text.erase(marker, 16);
  expect_near(decoded(testing::to_bytes(text)), flat_image(16, 16, {100, 50, 25}), 3);
}

TEST(JpegDecode, AWindowIsThatPartOfTheWholeImage) {
  const std::vector<Window> windows = {{0, 0, 1, 1},     {0, 0, 70, 20},   {13, 0, 9, 150},
                                       {1, 1, 68, 148},  {33, 47, 7, 64},  {69, 149, 1, 1},
                                       {16, 64, 16, 32}, {17, 65, 30, 31}, {50, 90, 20, 60}};
  for (const std::int64_t channels : {1, 3, 4})
    for (JpegRecipe recipe : kColourRecipes) {
      if (channels == 1) recipe.stored = JCS_GRAYSCALE;
      if (channels == 4) recipe.stored = recipe.stored == JCS_RGB ? JCS_CMYK : JCS_YCCK;
      if (channels == 4 && recipe.across == 4) continue;  // more blocks in a unit than the format allows
      const Bytes file = make_jpeg(noise_image(70, 150, channels), recipe);
      const Image all = decoded(file);
      for (const Window& window : windows) {
        SCOPED_TRACE(::testing::Message() << recipe.across << "x" << recipe.down << " stored " << recipe.stored << ' '
                                          << window.top << ' ' << window.left);
        expect_window(decoded(file, window), window, all);
      }
    }
  Image none;
  decode_jpeg(make_jpeg(gradient_image(9, 9, 3)), "street.jpg", {3, 3, 0, 4}, none);
  EXPECT_EQ(none.height(), 0);
}

TEST(JpegDecode, TurnsImagesAndWindowsUpright) {
  const Image source = noise_image(41, 53, 3);
  const Image stored = decoded(make_jpeg(source, {.across = 2, .down = 2}));
  for (int number = 1; number <= 8; ++number) {
    const Bytes file = make_jpeg(source, {.across = 2, .down = 2, .exif = testing::exif_text(number, number % 2 == 0)});
    Image upright({number >= 5 ? 53 : 41, number >= 5 ? 41 : 53, 3, PixelType::u8});
    turn_upright({number}, {.bytes = stored.bytes(), .height = 41, .width = 53, .pixel_bytes = 3}, upright.bytes());
    const Image all = decoded(file);
    EXPECT_EQ(*jpeg_layout(file, "street.jpg"), upright.layout());
    expect_window(all, {0, 0, upright.height(), upright.width()}, upright);
    expect_window(decoded(file, Window{5, 7, 20, 30}), {5, 7, 20, 30}, upright);
  }
}

TEST(JpegDecode, TruncationAtEveryByteIsAnErrorThatSaysSo) {
  for (const JpegRecipe& recipe : {JpegRecipe{}, JpegRecipe{.across = 2, .down = 2, .is_progressive = true}}) {
    const Bytes file = make_jpeg(noise_image(17, 19, 3), recipe);
    for (std::size_t size = 3; size < file.size(); ++size) {
      const std::string error = decode_error(start_of(file, size));
      ASSERT_TRUE(error.find("truncated") != std::string::npos || error.find("damaged") != std::string::npos)
          << size << ": " << error;
    }
    EXPECT_NE(decode_error(start_of(file, file.size() - 2)).find("truncated"), std::string::npos);
    EXPECT_NE(decode_error(start_of(file, file.size() / 2)).find("truncated"), std::string::npos);
  }
}

TEST(JpegDecode, AWindowNeedsNoMoreOfTheFileThanItsRows) {
  const Bytes file = make_jpeg(noise_image(120, 60, 3));
  const Image all = decoded(file);
  const Bytes part = start_of(file, file.size() * 2 / 3);
  expect_window(decoded(part, Window{10, 5, 30, 40}), {10, 5, 30, 40}, all);
  EXPECT_NE(error_of([&] { decoded(part, Window{100, 5, 10, 40}); }).find("truncated"), std::string::npos);
}

TEST(JpegDecode, AnyFlippedBitIsAnErrorOrAnImage) {
  for (const JpegRecipe& recipe :
       {JpegRecipe{.across = 2, .down = 2, .restart_rows = 1, .exif = testing::exif_text(6, true)},
        JpegRecipe{.is_progressive = true}}) {
    const Bytes file = make_jpeg(noise_image(11, 13, 3), recipe);
    std::size_t found = 0;
    for (std::size_t bit = 0; bit < file.size() * 8; bit += 3) {
      Bytes damaged = file;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      try {
        const auto layout = jpeg_layout(damaged, "street.jpg");
        const Image image = decoded(damaged, layout ? whole(*layout) : Window{0, 0, 1, 1});
        EXPECT_EQ(image.layout(), *layout);
      } catch (const UserError&) {
        ++found;
      }
    }
    EXPECT_GT(found, file.size() / 3);  // an eighth of them; a format without checksums cannot tell them all
  }
}

TEST(JpegDecode, WhatLibjpegPassesOverIsDamage) {
  const Bytes file = make_jpeg(noise_image(17, 19, 3));
  std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::string end = text.substr(text.size() - 2);
  text.insert(text.size() - 2, "surplus");
  EXPECT_NE(decode_error(testing::to_bytes(text)).find("damaged"), std::string::npos);
  EXPECT_EQ(decode_error(testing::to_bytes(std::string(reinterpret_cast<const char*>(file.data()), file.size()) +
                                           "a film that a phone has appended")),
            "no error");
}

TEST(JpegDecode, AnUnknownVersionOfJfifIsNoDamage) {
  Bytes file = make_jpeg(noise_image(17, 19, 3));
  ASSERT_EQ(file[6], std::byte{'J'});
  file[11] = std::byte{9};
  EXPECT_EQ(decode_error(file), "no error");
}

TEST(JpegDecode, EndlessScansAreRefused) {
  const Bytes file = make_jpeg(gradient_image(16, 16, 3), {.has_scan_for_each_channel = true});
  const std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t first = text.find("\xff\xda"), second = text.find("\xff\xda", first + 2);
  const std::string scan = text.substr(first, second - first);
  const auto repeated = [&](int times) {
    std::string scans;
    for (int i = 0; i < times; ++i) scans += scan;
    return decode_error(testing::to_bytes(text.substr(0, first) + scans + text.substr(second)));
  };
  EXPECT_EQ(repeated(1), "no error");
  EXPECT_NE(repeated(600).find("more scans"), std::string::npos);
}

TEST(JpegDecode, AWindowOutsideOfTheImageIsTheCallersBug) {
  const Bytes file = make_jpeg(gradient_image(4, 4, 3));
  EXPECT_THROW(decoded(file, Window{0, 0, 5, 4}), std::logic_error);
  EXPECT_THROW(decoded(file, Window{-1, 0, 2, 2}), std::logic_error);
}

TEST(JpegDecode, ThreadsDecodeTheSameFileAtOnce) {
  const Bytes file = make_jpeg(noise_image(48, 64, 3), {.across = 2, .down = 2});
  const Image all = decoded(file);
  std::vector<Image> images(4);
  std::vector<std::thread> threads;
  for (Image& image : images)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) decode_jpeg(file, "street.jpg", {3, 5, 40, 50}, image);
    });
  for (std::thread& thread : threads) thread.join();
  for (const Image& image : images) expect_window(image, {3, 5, 40, 50}, all);
}

TEST(JpegDecode, AShortProgressiveFileDoesNotTakeMemoryForAHugeImage) {
  Bytes file = make_jpeg(noise_image(100, 130, 3), {.is_progressive = true});
  constexpr std::array kFrame = {std::byte{0xff}, std::byte{0xc2}};
  const auto frame = std::ranges::search(file, kFrame).begin();
  ASSERT_NE(frame, file.end());
  for (const int offset : {5, 7}) {  // marker, length and bits; height; width
    frame[offset] = std::byte{4800 >> 8};
    frame[offset + 1] = std::byte{4800 & 0xff};
  }
  ASSERT_LT(4800 * 4800 / 1024, std::ssize(file));  // not refused for its number of pixels
  EXPECT_EQ(decode_error(file), "the JPEG would take too much memory for a file of its size");
}

}  // namespace
}  // namespace seg
