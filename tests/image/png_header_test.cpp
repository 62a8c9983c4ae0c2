// SPDX-License-Identifier: Apache-2.0
#include "image/png_header.h"

#include <gtest/gtest.h>

#include "tests/image/png_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::contains, testing::kPngGrayAlpha, testing::kPngPalette, testing::kPngRgb, testing::problem_of;

Bytes header_alone(int width, int height, int depth, int color, bool interlaced = false) {
  return testing::to_bytes("\x89PNG\r\n\x1a\n" + testing::png_header(width, height, depth, color, interlaced));
}

TEST(PngHeader, HoldsWhatTheFirst33BytesSay) {
  const Bytes file = header_alone(300, 20, 16, kPngGrayAlpha, true);
  ASSERT_EQ(file.size(), kPngHeaderBytes);
  const PngHeader header = read_png_header(file, "a.png");
  EXPECT_EQ(header.width, 300);
  EXPECT_EQ(header.height, 20);
  EXPECT_EQ(header.depth, 16);
  EXPECT_EQ(header.color, PngColor::gray_alpha);
  EXPECT_TRUE(header.interlaced);
  EXPECT_EQ(header.row_bytes(), 300 * 2 * 2);
  EXPECT_EQ(header.layout(), (ImageLayout{20, 300, 1, PixelType::u16}));
  EXPECT_EQ(read_png_header(header_alone(9, 1, 1, kPngPalette), "a.png").row_bytes(), 2);
}

TEST(PngHeader, EveryFlippedBitOfItIsFound) {
  const Bytes file = header_alone(300, 20, 8, kPngRgb);
  for (std::size_t bit = 64; bit < file.size() * 8; ++bit) {
    Bytes damaged = file;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_TRUE(contains(problem_of([&] { read_png_header(damaged, "a.png"); }).what, "damaged")) << bit;
  }
}

TEST(PngHeader, AFileTooShortForItsPixelsIsRefused) {
  const Bytes file = header_alone(4000, 4000, 8, kPngRgb);
  const PngHeader header = read_png_header(file, "a.png");
  EXPECT_EQ(problem_of([&] { require_plausible_size(file, "a.png", header); }).what,
            "the PNG is truncated: 33 bytes cannot hold 4000 x 4000 pixels");
}

}  // namespace
}  // namespace seg
