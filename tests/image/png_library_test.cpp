// SPDX-License-Identifier: Apache-2.0
#include "image/png_library.h"

#include <gtest/gtest.h>

#include "tests/image/png_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::contains, testing::make_png, testing::problem_of, testing::random_png, testing::RawPng;

// What decode_png() leaves to png_rows is tested here, too: it is what png_rows is compared with.
TEST(PngLibrary, RowsAndLabelsAreWhatTheFileHolds) {
  for (const bool interlaced : {false, true}) {
    const RawPng png = random_png(13, 9, 8, testing::kPngRgb, interlaced);
    const Bytes file = make_png(png);
    std::vector<std::byte> pixels(4 * 5 * 3);
    decode_with_libpng(file, "a.png", read_png_header(file, "a.png"), PngUse::image, {2, 3, 4, 5}, pixels.data());
    for (int y = 0, i = 0; y < 4; ++y)
      for (int x = 0; x < 5; ++x)
        for (int c = 0; c < 3; ++c, ++i)
          ASSERT_EQ(std::to_integer<int>(pixels[static_cast<std::size_t>(i)]), png.at(y + 2, x + 3, c));
    const RawPng label = random_png(13, 9, 2, testing::kPngPalette, interlaced);
    const Bytes label_file = make_png(label);
    decode_with_libpng(label_file, "a.png", read_png_header(label_file, "a.png"), PngUse::labels, {8, 0, 1, 13},
                       pixels.data());
    for (int x = 0; x < 13; ++x)
      ASSERT_EQ(std::to_integer<int>(pixels[static_cast<std::size_t>(x)]), label.at(8, x, 0));
  }
}

TEST(PngLibrary, DamageIsToldInItsWords) {
  const RawPng png = random_png(13, 9, 16, testing::kPngRgb);
  Bytes file = make_png(png);
  const PngHeader header = read_png_header(file, "a.png");
  std::vector<std::byte> pixels(13 * 9 * 6);
  const auto decode = [&] { decode_with_libpng(file, "a.png", header, PngUse::image, {0, 0, 9, 13}, pixels.data()); };
  file[file.size() - 14] ^= std::byte{1};
  EXPECT_TRUE(contains(problem_of(decode).what, "the PNG is damaged: IDAT: CRC error"));
  file.resize(file.size() - 40);
  EXPECT_TRUE(contains(problem_of(decode).what, "the PNG is truncated"));
}

}  // namespace
}  // namespace seg
