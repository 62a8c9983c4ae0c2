// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "image/png.h"
#include "tests/image/png_maker.h"

namespace seg {
namespace {

using testing::kPngGray, testing::kPngGrayAlpha, testing::kPngPalette, testing::kPngRgb, testing::kPngRgba;
using testing::make_png, testing::random_png, testing::RawPng;

struct Kind {
  int color, depth;
};
constexpr Kind kKinds[] = {{kPngGray, 1},       {kPngGray, 2},    {kPngGray, 4},    {kPngGray, 8},
                           {kPngGray, 16},      {kPngRgb, 8},     {kPngRgb, 16},    {kPngPalette, 1},
                           {kPngPalette, 2},    {kPngPalette, 4}, {kPngPalette, 8}, {kPngGrayAlpha, 8},
                           {kPngGrayAlpha, 16}, {kPngRgba, 8},    {kPngRgba, 16}};
constexpr std::pair<int, int> kSizes[] = {{1, 1}, {1, 7}, {7, 1}, {2, 3}, {8, 8}, {9, 5}, {13, 17}, {64, 31}, {33, 64}};

// What a decoder must give for channel c of a pixel.
int expected(const RawPng& png, int y, int x, int c) {
  switch (png.color) {
    case kPngPalette: {
      const Rgb color = png.palette[png.at(y, x, 0)];
      return c == 0 ? color.r : c == 1 ? color.g : color.b;
    }
    case kPngGray:
    case kPngGrayAlpha: {
      const int value = png.at(y, x, 0);
      return png.depth < 8 ? value * 255 / ((1 << png.depth) - 1) : value;
    }
    default: return png.at(y, x, c);
  }
}

template <class T>
void expect_pixels(const RawPng& png, const Window& window, const Image& image) {
  for (std::int64_t y = 0; y < window.height; ++y) {
    const auto row = image.row<T>(y);
    for (std::int64_t x = 0; x < window.width; ++x)
      for (std::int64_t c = 0; c < image.channels(); ++c)
        ASSERT_EQ(
            row[static_cast<std::size_t>(x * image.channels() + c)],
            expected(png, static_cast<int>(window.top + y), static_cast<int>(window.left + x), static_cast<int>(c)))
            << "color " << png.color << " depth " << png.depth << " at " << y << ", " << x;
  }
}

void expect_image(const RawPng& png, const Window& window, const Image& image) {
  const bool gray = png.color == kPngGray || png.color == kPngGrayAlpha;
  const PixelType type = png.depth == 16 ? PixelType::u16 : PixelType::u8;
  ASSERT_EQ(image.layout(), (ImageLayout{window.height, window.width, gray ? 1 : 3, type}));
  if (type == PixelType::u16)
    expect_pixels<std::uint16_t>(png, window, image);
  else
    expect_pixels<std::uint8_t>(png, window, image);
}

std::vector<Window> windows(int height, int width) {
  std::vector<Window> all = {{0, 0, height, width}, {0, 0, 0, 0}};
  for (int edge = 0; edge < 16; ++edge) {
    const int top = (edge & 1) ? height / 3 : 0, left = (edge & 2) ? width / 3 : 0;
    const int bottom = (edge & 4) ? height : std::max(top + 1, height * 2 / 3);
    const int right = (edge & 8) ? width : std::max(left + 1, width * 2 / 3);
    all.push_back({top, left, bottom - top, right - left});
  }
  all.push_back({height - 1, width - 1, 1, 1});
  all.push_back({0, width / 2, height, 1});
  all.push_back({height / 2, 0, 1, width});
  return all;
}

std::string what_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    const Problem& problem = error.problems().at(0);
    EXPECT_EQ(problem.where, "street.png");
    EXPECT_FALSE(problem.remedy.empty());
    return problem.what;
  }
  return "no error";
}

std::string decode_error(const Bytes& file) {
  return what_of([&] {
    Image image;
    decode_png(file, "street.png", whole(png_layout(file, "street.png")), image);
  });
}

TEST(PngDecode, EveryKindAndSizeAndWindowEqualsItsSamples) {
  Image image;  // reused, as a worker does
  for (const Kind& kind : kKinds)
    for (const auto& [width, height] : kSizes)
      for (const bool interlaced : {false, true}) {
        const RawPng png = random_png(width, height, kind.depth, kind.color, interlaced);
        const Bytes file = make_png(png);
        const ImageLayout layout = png_layout(file, "a.png");
        ASSERT_EQ(layout.height, height);
        ASSERT_EQ(layout.width, width);
        for (const Window& window : windows(height, width)) {
          decode_png(file, "a.png", window, image);
          expect_image(png, window, image);
        }
      }
}

TEST(PngDecode, LabelsAreRawIndicesInEveryWindow) {
  LabelMap labels;
  for (const Kind& kind : kKinds) {
    if (kind.depth == 16 || kind.color == kPngRgb || kind.color == kPngRgba) continue;
    for (const auto& [width, height] : kSizes)
      for (const bool interlaced : {false, true}) {
        const RawPng png = random_png(width, height, kind.depth, kind.color, interlaced);
        const Bytes file = make_png(png);
        for (const Window& window : windows(height, width)) {
          decode_png_labels(file, "a.png", window, labels);
          ASSERT_EQ(labels.height(), window.height);
          for (std::int64_t y = 0; y < window.height; ++y)
            for (std::int64_t x = 0; x < window.width; ++x)
              ASSERT_EQ(labels.row(y)[static_cast<std::size_t>(x)],
                        png.at(static_cast<int>(window.top + y), static_cast<int>(window.left + x), 0));
        }
      }
  }
}

TEST(PngDecode, LabelValuesWithoutAColourInThePaletteStay) {
  RawPng png = random_png(20, 10, 8, kPngPalette);
  png.palette.resize(3);
  LabelMap labels;
  decode_png_labels(make_png(png), "a.png", {0, 0, 10, 20}, labels);
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 20; ++x) ASSERT_EQ(labels.row(y)[static_cast<std::size_t>(x)], png.at(y, x, 0));
}

TEST(PngDecode, ColourAndDeepLabelsAreRefusedWithTheRemedy) {
  for (const Kind& kind : {Kind{kPngRgb, 8}, Kind{kPngRgba, 8}, Kind{kPngRgb, 16}}) {
    const Bytes file = make_png(random_png(4, 4, kind.depth, kind.color));
    LabelMap labels;
    EXPECT_NE(what_of([&] {
                decode_png_labels(file, "street.png", {0, 0, 4, 4}, labels);
              }).find("colour image"),
              std::string::npos);
  }
}

TEST(PngDecode, LabelsOf16BitsAreTakenIfTheyFit) {
  for (const bool interlaced : {false, true}) {
    RawPng png = random_png(9, 7, 16, kPngGray, interlaced);
    for (std::uint16_t& sample : png.samples) sample &= 255;
    LabelMap labels;
    decode_png_labels(make_png(png), "street.png", {1, 2, 5, 6}, labels);
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 6; ++x) ASSERT_EQ(labels.row(y)[static_cast<std::size_t>(x)], png.at(y + 1, x + 2, 0));
    png.samples[3 * 9 + 4] = 300;
    EXPECT_EQ(what_of([&] {
                decode_png_labels(make_png(png), "street.png", {1, 2, 5, 6}, labels);
              }),
              "label 300 of 16 bits at row 3, column 4, but class numbers have at most 8 bits");
  }
}

TEST(PngDecode, TruncationAtEveryByteIsAnErrorThatSaysSo) {
  for (const bool interlaced : {false, true}) {
    RawPng png = random_png(13, 11, 8, kPngRgb, interlaced);
    png.chunk_bytes = 100;
    const Bytes file = make_png(png);
    for (std::size_t size = 8; size < file.size(); ++size) {
      const Bytes part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_NE(decode_error(part).find("truncated"), std::string::npos) << size << ": " << decode_error(part);
    }
    for (std::size_t size = 0; size < 8; ++size)
      ASSERT_EQ(decode_error(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))), "not a PNG file");
  }
}

TEST(PngDecode, AWindowNeedsNoMoreOfTheFileThanItsRows) {
  RawPng png = random_png(200, 100, 8, kPngRgb);
  png.chunk_bytes = 512;
  Bytes file = make_png(png);
  file.resize(file.size() * 2 / 3);
  Image image;
  decode_png(file, "a.png", {5, 10, 20, 30}, image);
  expect_image(png, {5, 10, 20, 30}, image);
  EXPECT_NE(what_of([&] {
              decode_png(file, "street.png", {90, 10, 10, 30}, image);
            }).find("truncated"),
            std::string::npos);
}

TEST(PngDecode, AnyFlippedBitIsAnErrorOrLeavesThePixelsAlone) {
  for (const Kind& kind : {Kind{kPngRgb, 8}, Kind{kPngPalette, 4}, Kind{kPngGray, 16}}) {
    RawPng png = random_png(9, 7, kind.depth, kind.color);
    png.chunk_bytes = 64;
    const Bytes file = make_png(png);
    Image image;
    std::size_t harmless = 0;
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
      Bytes damaged = file;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      try {
        decode_png(damaged, "a.png", whole(png_layout(damaged, "a.png")), image);
      } catch (const UserError&) {
        continue;
      }
      expect_image(png, {0, 0, 7, 9}, image);
      ++harmless;
    }
    EXPECT_GT(harmless, 0u);                        // the comment's bits
    EXPECT_LT(harmless, 8 * std::size_t{22 + 12});  // and no others
  }
}

TEST(PngDecode, ADamagedCheckSumOfThePixelsIsAnError) {
  const RawPng png = random_png(9, 7, 8, kPngRgb);
  const std::string raw = testing::raw_rows(png);
  uLongf size = compressBound(static_cast<uLong>(raw.size()));
  std::string packed(size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
            static_cast<uLong>(raw.size()), 6);
  packed.resize(size);
  packed.back() = static_cast<char>(packed.back() ^ 1);  // Adler-32; the chunk's CRC is right
  const std::string file = "\x89PNG\r\n\x1a\n" + testing::png_header(9, 7, 8, kPngRgb, false) +
                           testing::png_chunk("IDAT", packed) + testing::png_chunk("IEND", "");
  EXPECT_NE(decode_error(testing::to_bytes(file)).find("damaged"), std::string::npos);
}

TEST(PngDecode, MissingPixelsAreAnError) {
  const RawPng small = random_png(9, 7, 8, kPngRgb);
  const Bytes file = make_png(small);
  std::string text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::string taller = testing::png_header(9, 8, 8, kPngRgb, false);
  text.replace(8, taller.size(), taller);  // a header with a right CRC that promises one row more
  EXPECT_NE(decode_error(testing::to_bytes(text)), "no error");
}

TEST(PngDecode, ImpossibleAndHugeSizesTakeNoMemory) {
  const auto with_header = [](int width, int height, int depth, int color) {
    return testing::to_bytes("\x89PNG\r\n\x1a\n" + testing::png_header(width, height, depth, color, false) +
                             testing::png_chunk("IDAT", std::string(40, 'x')) + testing::png_chunk("IEND", ""));
  };
  EXPECT_NE(decode_error(with_header(0, 5, 8, kPngRgb)).find("impossible"), std::string::npos);
  EXPECT_NE(decode_error(with_header(5, 5, 3, kPngRgb)).find("impossible"), std::string::npos);
  EXPECT_NE(decode_error(with_header(5, 5, 16, kPngPalette)).find("impossible"), std::string::npos);
  EXPECT_NE(decode_error(with_header(5, 5, 8, 5)).find("impossible"), std::string::npos);
  EXPECT_NE(decode_error(with_header(70000, 5, 8, kPngRgb)).find("too large: 70000 x 5"), std::string::npos);
  EXPECT_NE(decode_error(with_header(60000, 60000, 8, kPngRgb)).find("too large"), std::string::npos);
  EXPECT_NE(decode_error(with_header(-1, -1, 8, kPngRgb)).find("too large"), std::string::npos);
  EXPECT_NE(decode_error(with_header(16000, 16000, 8, kPngRgb)).find("truncated"), std::string::npos);
}

TEST(PngDecode, AWindowOutsideOfTheImageIsTheCallersBug) {
  const Bytes file = make_png(random_png(4, 4, 8, kPngRgb));
  Image image;
  EXPECT_THROW(decode_png(file, "a.png", {0, 0, 5, 4}, image), std::logic_error);
  EXPECT_THROW(decode_png(file, "a.png", {-1, 0, 2, 2}, image), std::logic_error);
}

TEST(PngDecode, ThreadsDecodeTheSameFileAtOnce) {
  const RawPng png = random_png(64, 48, 8, kPngRgb);
  const Bytes file = make_png(png);
  std::vector<Image> images(4);
  std::vector<std::thread> threads;
  for (Image& image : images)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) decode_png(file, "a.png", {3, 5, 40, 50}, image);
    });
  for (std::thread& thread : threads) thread.join();
  for (const Image& image : images) expect_image(png, {3, 5, 40, 50}, image);
}

}  // namespace
}  // namespace seg
