// SPDX-License-Identifier: Apache-2.0
#include "image/tiff_directory.h"

#include <gtest/gtest.h>

#include "tests/image/png_maker.h"
#include "tests/image/tiff_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::make_tiff;
using testing::patch_tiff;
using testing::random_tiff;
using testing::RawTiff;

Problem refusal(const Bytes& file) {
  return testing::problem_of([&] { read_tiff_directory(file, "a.tif"); });
}

std::string what_of(const Bytes& file) { return refusal(file).what; }

RawTiff small(RawTiff raw = {}) {
  raw.width = 12;
  raw.height = 10;
  return random_tiff(raw);
}

constexpr const char* kImpossible = "the TIFF is damaged: its directory holds impossible values";
constexpr const char* kTruncated = "the TIFF is truncated: it ends before its directory or its pixels do";

TEST(TiffDirectory, SaysHowThePixelsLie) {
  RawTiff raw{.bits = 16, .samples = 5, .color = PHOTOMETRIC_RGB, .compression = COMPRESSION_LZW, .orientation = 6};
  raw.extra = {EXTRASAMPLE_UNASSALPHA, EXTRASAMPLE_UNSPECIFIED};
  raw.tile_width = 32;
  raw.tile_height = 16;
  raw.is_planar = true;
  for (const bool is_big : {false, true}) {
    raw.is_big = raw.is_big_endian = is_big;
    const TiffDirectory directory = read_tiff_directory(make_tiff(small(raw)), "a.tif");
    EXPECT_EQ(directory.height, 10);
    EXPECT_EQ(directory.width, 12);
    EXPECT_EQ(directory.bits, 16);
    EXPECT_EQ(directory.channels, (std::vector<int>{0, 1, 2, 4}));
    EXPECT_EQ(directory.color, TiffColor::rgb);
    EXPECT_EQ(directory.compression, COMPRESSION_LZW);
    EXPECT_TRUE(directory.is_planar);
    EXPECT_TRUE(directory.is_tiled);
    EXPECT_EQ(directory.tile_height, 16);
    EXPECT_EQ(directory.tile_width, 32);
    EXPECT_EQ(directory.orientation.number, 6);
    EXPECT_EQ(directory.layout(), (ImageLayout{12, 10, 4, PixelType::u16}));
    EXPECT_FALSE(directory.changes_values());
  }
}

TEST(TiffDirectory, ValuesThatAreNoUnsignedSamplesAreRefusedWithAWayOut) {
  for (const bool is_float : {true, false}) {
    RawTiff raw = small({.bits = 16});
    raw.kind = is_float ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_INT;
    const Problem problem = refusal(make_tiff(raw));
    EXPECT_EQ(problem.what, std::string("a TIFF of 16-bit ") + (is_float ? "floating-point" : "signed") +
                                " values, which this version does not read");
    EXPECT_NE(problem.remedy.find("astype(np.uint16)"), std::string::npos);
  }
}

TEST(TiffDirectory, LabelsAreNotToBeScaled) {
  const auto remedy_for = [](const RawTiff& raw) {
    return testing::problem_of([&] { read_tiff_directory(make_tiff(raw), "a.tif", TiffUse::label); }).remedy;
  };
  for (const int kind : {SAMPLEFORMAT_IEEEFP, SAMPLEFORMAT_INT}) {
    RawTiff raw = small({.bits = 16});
    raw.kind = kind;
    EXPECT_NE(remedy_for(raw).find("as they are, unscaled"), std::string::npos);
    EXPECT_EQ(remedy_for(raw).find("low"), std::string::npos);
  }
}

TEST(TiffDirectory, OtherKindsAreRefusedByName) {
  Bytes file = make_tiff(small());
  patch_tiff(file, TIFFTAG_BITSPERSAMPLE, 8, 12, 2);
  EXPECT_EQ(what_of(file), "a TIFF of 12 bits a channel, which this version does not read");
  file = make_tiff(small());
  patch_tiff(file, TIFFTAG_PHOTOMETRIC, 8, PHOTOMETRIC_SEPARATED, 2);
  EXPECT_EQ(what_of(file), "a TIFF with colours as CMYK, which this version does not read");
  for (const auto& [number, name] : {std::pair(4, "a mask of transparency"),
                                     {6, "YCbCr outside of JPEG"},
                                     {8, "CIE Lab"},
                                     {32803, "a camera's colour filter"},
                                     {77, "unknown"}}) {
    patch_tiff(file, TIFFTAG_PHOTOMETRIC, 8, static_cast<std::uint32_t>(number), 2);
    EXPECT_NE(what_of(file).find(name), std::string::npos);
  }
  file = make_tiff(small());
  for (const auto& [number, name] : {std::pair(4, "fax"),
                                     {6, "old JPEG"},
                                     {34712, "JPEG 2000"},
                                     {34887, "LERC"},
                                     {34925, "LZMA"},
                                     {50001, "WebP"},
                                     {99, "unknown"}}) {
    patch_tiff(file, TIFFTAG_COMPRESSION, 8, static_cast<std::uint32_t>(number), 2);
    EXPECT_EQ(what_of(file), std::string("a TIFF of ") + name + " compression (" + std::to_string(number) +
                                 "), which this version does not read");
  }
  file = make_tiff(small({.samples = 3, .color = PHOTOMETRIC_RGB}));
  patch_tiff(file, TIFFTAG_BITSPERSAMPLE, 4, 2);
  patch_tiff(file, TIFFTAG_BITSPERSAMPLE, 8, 8 | 16 << 16);
  EXPECT_EQ(what_of(file), "a TIFF whose channels are of different kinds, which this version does not read");
  file = make_tiff(small());
  patch_tiff(file, TIFFTAG_SAMPLESPERPIXEL, 8, 65, 2);
  EXPECT_EQ(what_of(file), "a TIFF of 65 channels, which this version does not read");
  EXPECT_EQ(what_of(testing::to_bytes("\x89PNG....")), "not a TIFF file");
  EXPECT_EQ(what_of({}), "not a TIFF file");
}

TEST(TiffDirectory, OfSeveralPagesTheFirstIsTakenIfTheOthersAreCopiesOrMasks) {
  RawTiff raw = small();
  raw.page_kinds = {FILETYPE_REDUCEDIMAGE, FILETYPE_MASK, FILETYPE_REDUCEDIMAGE | FILETYPE_MASK};
  EXPECT_EQ(read_tiff_directory(make_tiff(raw), "a.tif").width, 12);
  raw.page_kinds.push_back(0);
  EXPECT_EQ(what_of(make_tiff(raw)), "a TIFF of several pages, of which only one can be the image");
}

// The second directory names itself as the next one.
TEST(TiffDirectory, DirectoriesThatDoNotEndAreDamaged) {
  RawTiff raw = small();
  raw.page_kinds = {FILETYPE_REDUCEDIMAGE};
  Bytes file = make_tiff(raw);
  const auto number = [&](std::size_t at, std::size_t count) {
    std::size_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<std::size_t>(file[at + i]);
    return value;
  };
  const std::size_t first = number(4, 4), second = number(first + 2 + 12 * number(first, 2), 4);
  const std::size_t next = second + 2 + 12 * number(second, 2);
  for (std::size_t i = 0; i < 4; ++i) file[next + i] = static_cast<std::byte>(second >> 8 * i & 255);
  EXPECT_EQ(what_of(file), "the TIFF is damaged: its directories do not end");
}

TEST(TiffDirectory, HostileSizesAreRefusedBeforeMemoryIsTaken) {
  const Bytes good = make_tiff(small({.compression = COMPRESSION_LZW}));
  Bytes file = good;
  patch_tiff(file, TIFFTAG_IMAGEWIDTH, 2, 4, 2);
  patch_tiff(file, TIFFTAG_IMAGEWIDTH, 8, 0xffffffff);
  patch_tiff(file, TIFFTAG_IMAGELENGTH, 2, 4, 2);
  patch_tiff(file, TIFFTAG_IMAGELENGTH, 8, 0xffffffff);
  EXPECT_EQ(what_of(file), "the image is too large: 4294967295 x 4294967295 pixels");
  patch_tiff(file, TIFFTAG_IMAGEWIDTH, 8, 1 << 14);
  patch_tiff(file, TIFFTAG_IMAGELENGTH, 8, 1 << 14);
  EXPECT_EQ(what_of(file),
            "the TIFF is truncated: " + std::to_string(file.size()) + " bytes cannot hold 16384 x 16384 pixels");
  for (const auto& [tag, value] : {std::pair(TIFFTAG_IMAGEWIDTH, 0),
                                   {TIFFTAG_IMAGELENGTH, 0},
                                   {TIFFTAG_SAMPLESPERPIXEL, 0},
                                   {TIFFTAG_ROWSPERSTRIP, 0}}) {
    file = good;
    patch_tiff(file, static_cast<unsigned>(tag), 8, static_cast<std::uint32_t>(value));
    EXPECT_EQ(what_of(file), kImpossible) << tag;
  }
  file = good;
  patch_tiff(file, TIFFTAG_BITSPERSAMPLE, 4, 0xffffffff);  // a count
  EXPECT_EQ(what_of(file), kTruncated);
  file = good;
  patch_tiff(file, TIFFTAG_BITSPERSAMPLE, 2, 12, 2);  // a type: a floating-point number
  EXPECT_EQ(what_of(file), kImpossible);
  file = good;
  file[4] = file[5] = file[6] = file[7] = std::byte{0xff};  // the directory's place
  EXPECT_EQ(what_of(file), kTruncated);
}

TEST(TiffDirectory, TilesLargerThanTheFileCanFillAreDamaged) {
  Bytes file = make_tiff(small({.tile_height = 16, .tile_width = 16}));
  patch_tiff(file, TIFFTAG_TILEWIDTH, 2, 4, 2);
  patch_tiff(file, TIFFTAG_TILEWIDTH, 8, 1 << 24);
  EXPECT_EQ(what_of(file), kImpossible);
  patch_tiff(file, TIFFTAG_TILEWIDTH, 8, 0);
  EXPECT_EQ(what_of(file), kImpossible);
}

TEST(TiffDirectory, PixelsBeyondTheEndOrNowhereAreDamaged) {
  const Bytes good = make_tiff(small());
  Bytes file = good;
  patch_tiff(file, TIFFTAG_STRIPBYTECOUNTS, 8, 100000);
  EXPECT_EQ(what_of(file), kTruncated);
  patch_tiff(file, TIFFTAG_STRIPBYTECOUNTS, 8, 0);
  EXPECT_EQ(what_of(file), "the TIFF is damaged: a part of its pixels is missing");
  file = good;
  patch_tiff(file, TIFFTAG_STRIPOFFSETS, 0, 65000, 2);
  EXPECT_EQ(what_of(file), "the TIFF is damaged: it does not say where all of its pixels lie");
  file = good;
  patch_tiff(file, TIFFTAG_ROWSPERSTRIP, 8, 5);  // now there should be two strips
  EXPECT_EQ(what_of(file), "the TIFF is damaged: it does not say where all of its pixels lie");
}

TEST(TiffDirectory, ABigTiffOfAnotherKindIsDamaged) {
  RawTiff raw = small();
  raw.is_big = true;
  Bytes file = make_tiff(raw);
  file[4] = std::byte{4};
  EXPECT_EQ(what_of(file), "the TIFF is damaged: its header holds impossible values");
}

}  // namespace
}  // namespace seg
