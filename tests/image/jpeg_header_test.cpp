// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_header.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "image/jpeg.h"
#include "tests/image/jpeg_maker.h"

namespace seg {
namespace {

using testing::gradient_image, testing::make_jpeg;

Bytes start_of(const Bytes& file, std::size_t size) {
  return {file.begin(), file.begin() + static_cast<std::ptrdiff_t>(std::min(size, file.size()))};
}

std::string error_of(const Bytes& file) {
  try {
    jpeg_header_of_file(file, "street.jpg");
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, "street.jpg");
    EXPECT_FALSE(error.problems()[0].remedy.empty());
    return error.problems()[0].what;
  }
  return "no error";
}

// Where the content of the frame segment begins: bits, height, width, components.
std::size_t frame_of(const Bytes& file) {
  for (std::size_t i = 2; i + 4 < file.size();) {
    const int marker = std::to_integer<int>(file[i + 1]);
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xcc) return i + 4;
    i += 2 + static_cast<std::size_t>(std::to_integer<int>(file[i + 2]) * 256 + std::to_integer<int>(file[i + 3]));
  }
  return 0;
}

Bytes with_frame(int bits, int height, int width, int components = 3) {
  Bytes file = make_jpeg(gradient_image(8, 8, 3));
  const std::size_t frame = frame_of(file);
  const int values[] = {bits, height >> 8, height & 255, width >> 8, width & 255, components};
  for (std::size_t i = 0; i < 6; ++i) file[frame + i] = static_cast<std::byte>(values[i]);
  return file;
}

TEST(JpegHeader, SaysSizeChannelsAndOrientation) {
  const Bytes file = make_jpeg(gradient_image(30, 50, 3), {.exif = testing::exif_text(6, false)});
  const JpegHeader header = jpeg_header_of_file(file, "a.jpg");
  EXPECT_EQ(header.height, 30);
  EXPECT_EQ(header.width, 50);
  EXPECT_EQ(header.components, 3);
  EXPECT_EQ(header.orientation.number, 6);
  EXPECT_EQ(header.layout(), (ImageLayout{50, 30, 3, PixelType::u8}));
  const Bytes gray = make_jpeg(gradient_image(30, 50, 1), {.stored = JCS_GRAYSCALE});
  EXPECT_EQ(jpeg_header_of_file(gray, "a.jpg").layout(), (ImageLayout{30, 50, 1, PixelType::u8}));
  const Bytes cmyk = make_jpeg(gradient_image(30, 50, 4), {.stored = JCS_YCCK});
  EXPECT_EQ(jpeg_header_of_file(cmyk, "a.jpg").components, 4);
  EXPECT_EQ(jpeg_header_of_file(cmyk, "a.jpg").layout(), (ImageLayout{30, 50, 3, PixelType::u8}));
}

TEST(JpegHeader, ArithmeticCodingIsRefusedByName) {
  for (const bool is_progressive : {false, true}) {
    const Bytes file = make_jpeg(gradient_image(30, 50, 3), {.is_progressive = is_progressive, .is_arithmetic = true});
    EXPECT_EQ(error_of(file), "a JPEG of arithmetic coding, which this version does not read");
  }
}

TEST(JpegHeader, AStartThatIsTooShortSaysNothing) {
  const Bytes file = make_jpeg(gradient_image(30, 50, 3), {.profile_bytes = 70000});
  EXPECT_EQ(jpeg_layout(start_of(file, 4096), "a.jpg"), std::nullopt);
  EXPECT_EQ(jpeg_layout(file, "a.jpg"), (ImageLayout{30, 50, 3, PixelType::u8}));
  EXPECT_EQ(error_of(start_of(file, 4096)), "the JPEG is truncated: it ends within its header");
  const Bytes small = make_jpeg(gradient_image(30, 50, 3));
  std::size_t without = 0;
  for (std::size_t size = 3; size < small.size(); ++size)
    if (!jpeg_layout(start_of(small, size), "a.jpg")) without = size;
  EXPECT_GT(without, 600u);  // up to the tables' end
  EXPECT_LT(without, 640u);
}

TEST(JpegHeader, HugeAndImpossibleSizesAreRefused) {
  EXPECT_NE(error_of(with_frame(8, 65535, 65535)).find("too large: 65535 x 65535"), std::string::npos);
  EXPECT_NE(error_of(with_frame(8, 16000, 16000)).find("cannot hold 16000 x 16000"), std::string::npos);
  EXPECT_NE(error_of(with_frame(8, 0, 8)).find("impossible"), std::string::npos);
  EXPECT_NE(error_of(with_frame(8, 8, 0)).find("impossible"), std::string::npos);
  EXPECT_NE(error_of(with_frame(8, 8, 8, 0)).find("impossible"), std::string::npos);
}

TEST(JpegHeader, UnknownKindsAreRefusedByName) {
  EXPECT_NE(error_of(with_frame(12, 8, 8)).find("12 bits a channel"), std::string::npos);
  EXPECT_NE(error_of(with_frame(8, 8, 8, 2)).find("2 channels"), std::string::npos);
  Bytes lossless = with_frame(8, 8, 8);
  lossless[frame_of(lossless) - 3] = std::byte{0xc3};
  EXPECT_NE(error_of(lossless).find("lossless"), std::string::npos);
}

TEST(JpegHeader, DamagedSegmentsAreErrors) {
  const auto jpeg = [](const std::string& rest) { return testing::to_bytes("\xff\xd8\xff" + rest); };
  using namespace std::string_literals;
  EXPECT_EQ(error_of(testing::to_bytes("no JPEG at all")), "not a JPEG file");
  EXPECT_NE(error_of(jpeg("\xd9")).find("before an image begins"), std::string::npos);
  EXPECT_NE(error_of(jpeg("\xe0\0\1"s)).find("no length"), std::string::npos);
  EXPECT_NE(error_of(jpeg("\xe0\0\2abc"s)).find("no segment"), std::string::npos);
  EXPECT_NE(error_of(jpeg("\xc0\0\4ab"s)).find("cut off"), std::string::npos);
  EXPECT_NE(error_of(jpeg("\xda\0\2"s)).find("no size"), std::string::npos);
  EXPECT_NE(error_of(jpeg("\xc0\0\10\10\0\1\0\1\1\xff\xff\xc0\0\10\10\0\1\0\1\1"s)).find("two sizes"),
            std::string::npos);
  EXPECT_NE(error_of(jpeg("")).find("truncated"), std::string::npos);
}

}  // namespace
}  // namespace seg
