// SPDX-License-Identifier: Apache-2.0
#include "image/png_rows.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/image/png_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::contains, testing::kPngGray, testing::kPngGrayAlpha, testing::kPngPalette, testing::kPngRgb;
using testing::kPngRgba, testing::make_png, testing::problem_of, testing::random_png, testing::RawPng;

struct Kind {
  int color;
  PngUse use;
};
constexpr Kind kKinds[] = {{kPngGray, PngUse::image},      {kPngGray, PngUse::labels}, {kPngRgb, PngUse::image},
                           {kPngPalette, PngUse::labels},  {kPngRgba, PngUse::image},  {kPngGrayAlpha, PngUse::image},
                           {kPngGrayAlpha, PngUse::labels}};

std::size_t bytes_of_window(const PngHeader& header, PngUse use, const Window& window) {
  return static_cast<std::size_t>(window.height * window.width *
                                  (use == PngUse::labels ? 1 : header.layout().channels));
}

// Both ways give the same bytes, in every window at an edge, in the middle and for the whole.
void expect_same(const Bytes& file, PngUse use) {
  const PngHeader header = read_png_header(file, "a.png");
  ASSERT_TRUE(has_png_rows(header, use));
  const std::int64_t h = header.height, w = header.width;
  const std::int64_t tops[] = {0, h / 3, h - (h + 1) / 2}, lefts[] = {0, w / 3, w - (w + 1) / 2};
  std::vector<Window> windows = {{0, 0, h, w}, {h - 1, w - 1, 1, 1}, {0, 0, 1, 1}};
  for (const std::int64_t top : tops)
    for (const std::int64_t left : lefts) windows.push_back({top, left, (h + 1) / 2, (w + 1) / 2});
  for (const Window& window : windows) {
    const std::size_t size = bytes_of_window(header, use, window);
    std::vector<std::byte> ours(size + 1, std::byte{0x5a}), theirs(size);
    decode_png_rows(file, "a.png", header, window, ours.data());
    decode_with_libpng(file, "a.png", header, use, window, theirs.data());
    ASSERT_EQ(ours.back(), std::byte{0x5a}) << "a byte behind the window was written";
    ours.pop_back();
    ASSERT_TRUE(ours == theirs) << w << " x " << h << ", window at " << window.top << ", " << window.left;
  }
}

TEST(PngRows, EqualLibpngForEveryKindSizeAndFilter) {
  const std::vector<std::vector<int>> filters = {{0}, {1}, {2}, {3}, {4}, {0, 1, 2, 3, 4}, {4, 4, 4, 4, 4, 4, 4, 2, 1}};
  for (const Kind& kind : kKinds)
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 70}, {70, 1}, {2, 3}, {17, 9}, {33, 64}, {131, 37}}) {
      RawPng png = random_png(width, height, 8, kind.color);
      for (const auto& types : filters) {
        png.filters = types;
        expect_same(make_png(png), kind.use);
      }
    }
}

TEST(PngRows, EqualLibpngForEveryKindOfBlockAndPiece) {
  for (const Kind& kind : kKinds) {
    RawPng png = random_png(301, 120, 8, kind.color);
    for (const auto& [level, strategy] :
         {std::pair{0, Z_DEFAULT_STRATEGY}, {1, Z_FIXED}, {9, Z_DEFAULT_STRATEGY}, {6, Z_HUFFMAN_ONLY}})
      for (const std::size_t piece : {std::size_t{5}, std::size_t{3000}, std::size_t{1} << 20}) {
        png.level = level;
        png.strategy = strategy;
        png.chunk_bytes = piece;
        expect_same(make_png(png), kind.use);
      }
  }
}

// More than is inflated at a time, and rows as long as a page of memory.
TEST(PngRows, EqualLibpngForLargeImages) {
  for (const Kind& kind : kKinds) expect_same(make_png(random_png(1365, 700, 8, kind.color)), kind.use);
  expect_same(make_png(random_png(40'000, 40, 8, kPngRgba)), PngUse::image);
}

// Files that shrink well are inflated at once, and rows above the window passed over where their filters allow it.
TEST(PngRows, EqualLibpngForFilesThatShrinkWell) {
  for (const Kind& kind : kKinds) {
    RawPng png = random_png(230, 170, 8, kind.color);
    for (std::size_t i = 0; i < png.samples.size(); ++i)
      if (i % 400 > 0) png.samples[i] = png.samples[i / 4000 * 4000];
    for (const std::vector<int>& filters :
         std::vector<std::vector<int>>{{0}, {1}, {2}, {4}, {1, 2, 2, 2, 2, 2, 4}, {0, 3}, {4, 4, 4, 1, 4, 4}}) {
      png.filters = filters;
      const Bytes file = make_png(png);
      ASSERT_LT(file.size() * 8, png.samples.size());
      expect_same(file, kind.use);
    }
  }
}

TEST(PngRows, AFileThatShrinksWellIsNeededAsFarAsTheWindowGoes) {
  RawPng png = random_png(400, 400, 8, kPngGray);
  for (std::size_t i = 0; i < png.samples.size(); ++i) png.samples[i] = static_cast<std::uint16_t>(i / 3000);
  png.filters = {1};
  png.chunk_bytes = 100;
  Bytes file = make_png(png);
  file.resize(file.size() * 3 / 4);
  std::vector<std::byte> pixels(60);
  decode_png_rows(file, "a.png", read_png_header(file, "a.png"), {100, 7, 3, 20}, pixels.data());
  for (std::size_t i = 0; i < pixels.size(); ++i)
    EXPECT_EQ(std::to_integer<std::size_t>(pixels[i]), ((100 + i / 20) * 400 + 7 + i % 20) / 3000);
}

TEST(PngRows, ServesTheUsualKindsOnly) {
  const auto served = [](int depth, int color, PngUse use, bool interlaced = false) {
    const Bytes file = make_png(random_png(4, 4, depth, color, interlaced));
    return has_png_rows(read_png_header(file, "a.png"), use);
  };
  EXPECT_TRUE(served(8, kPngRgb, PngUse::image));
  EXPECT_TRUE(served(8, kPngPalette, PngUse::labels));
  EXPECT_FALSE(served(8, kPngPalette, PngUse::image));
  EXPECT_FALSE(served(8, kPngRgb, PngUse::image, true));
  EXPECT_FALSE(served(16, kPngRgb, PngUse::image));
  EXPECT_FALSE(served(4, kPngPalette, PngUse::labels));
}

std::string refusal(const Bytes& file, const Window& window) {
  return problem_of([&] {
           const PngHeader header = read_png_header(file, "a.png");
           std::vector<std::byte> pixels(bytes_of_window(header, PngUse::image, window));
           decode_png_rows(file, "a.png", header, window, pixels.data());
         })
      .what;
}

Bytes file_of(const std::string& rows, int width, int height) {
  return testing::to_bytes("\x89PNG\r\n\x1a\n" + testing::png_header(width, height, 8, kPngGray, false) +
                           testing::png_chunk("IDAT", testing::deflated(rows, 6)) + testing::png_chunk("IEND", ""));
}

TEST(PngRows, AnUnknownFilterIsNamedWithItsRow) {
  std::string rows(3 * 70, '\0');
  rows[3 * 65] = 5;
  EXPECT_EQ(refusal(file_of(rows, 2, 70), {0, 0, 70, 2}), "the PNG is damaged: row 65 has an unknown filter");
  rows[3 * 65] = static_cast<char>(200);
  EXPECT_TRUE(contains(refusal(file_of(rows, 2, 70), {64, 0, 2, 1}), "row 65"));
  std::byte first{};
  const Bytes file = file_of(rows, 2, 70);
  decode_png_rows(file, "a.png", read_png_header(file, "a.png"), {0, 0, 1, 1}, &first);  // ends above
}

TEST(PngRows, TooFewAndTooManyRowsAreFound) {
  const std::string rows(3 * 70, '\0');
  EXPECT_TRUE(contains(refusal(file_of(rows, 2, 71), {0, 0, 71, 2}), "end before its last row"));
  EXPECT_TRUE(contains(refusal(file_of(rows, 2, 69), {60, 0, 9, 1}), "more than its rows"));
}

TEST(PngRows, AWrongChecksumOfPixelsIsFoundBeforeTheyAreUsed) {
  RawPng png = random_png(40, 40, 8, kPngRgb);
  Bytes file = make_png(png);
  file[file.size() - 18] ^= std::byte{1};  // in the last bytes of the only piece
  EXPECT_TRUE(contains(refusal(file, {0, 0, 1, 1}), "does not match its checksum"));
}

}  // namespace
}  // namespace seg
