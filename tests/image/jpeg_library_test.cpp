// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_library.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/image/jpeg_maker.h"

namespace seg {
namespace {

using testing::make_jpeg, testing::noise_image;

// A frame that says something else than the one that libjpeg reads would be a bug of the caller.
TEST(JpegLibrary, AHeaderOfAnotherFileIsTheCallersBug) {
  const Bytes file = make_jpeg(noise_image(8, 8, 3)), other = make_jpeg(noise_image(8, 9, 3));
  std::byte pixels[8 * 9 * 3];
  EXPECT_THROW(decode_with_libjpeg(file, "a.jpg", jpeg_header_of_file(other, "b.jpg"), {0, 0, 8, 9}, pixels),
               std::logic_error);
}

TEST(JpegLibrary, WritesTheWindowAndNoMore) {
  const Bytes file = make_jpeg(noise_image(40, 40, 3), {.across = 2, .down = 2});
  const JpegHeader header = jpeg_header_of_file(file, "a.jpg");
  Bytes all(40 * 40 * 3), part(20 * 10 * 3 + 1, std::byte{5});
  decode_with_libjpeg(file, "a.jpg", header, {0, 0, 40, 40}, all.data());
  decode_with_libjpeg(file, "a.jpg", header, {7, 9, 20, 10}, part.data());
  for (std::size_t y = 0; y < 20; ++y)
    for (std::size_t x = 0; x < 30; ++x) ASSERT_EQ(part[y * 30 + x], all[(y + 7) * 120 + 27 + x]);
  EXPECT_EQ(part.back(), std::byte{5});
}

}  // namespace
}  // namespace seg
