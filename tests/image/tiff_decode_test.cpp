// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "image/tiff.h"
#include "tests/image/tiff_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::make_tiff;
using testing::problem_of;
using testing::random_tiff;
using testing::RawTiff;

Problem refusal(const Bytes& file) {
  const auto problem = testing::refusal_of([&] {
    Image image;
    decode_tiff(file, "a.tif", whole(tiff_layout(file, "a.tif")), image);
  });
  return problem.value_or(Problem{});
}

Problem label_refusal(const Bytes& file) {
  const auto problem = testing::refusal_of([&] {
    LabelMap labels;
    decode_tiff_labels(file, "a.tif", whole(tiff_layout(file, "a.tif")), labels);
  });
  return problem.value_or(Problem{});
}

// Every window that touches an edge, a strip's or a tile's border, or nothing of these; and the whole.
std::vector<Window> windows_of(std::int64_t height, std::int64_t width) {
  std::vector<Window> windows = {{0, 0, height, width}, {0, 0, 1, 1}, {height - 1, width - 1, 1, 1}};
  for (const std::int64_t top : {std::int64_t{0}, height / 3, height - 1})
    for (const std::int64_t left : {std::int64_t{0}, width / 3, width - 1})
      windows.push_back({top, left, std::max<std::int64_t>(1, (height - top) / 2), width - left});
  windows.push_back({height / 2, width / 2, 0, 0});
  return windows;
}

std::uint16_t value_in(const Image& image, std::int64_t y, std::int64_t x, std::int64_t c) {
  const auto at = static_cast<std::size_t>(x * image.channels() + c);
  return image.type() == PixelType::u8 ? image.row<std::uint8_t>(y)[at] : image.row<std::uint16_t>(y)[at];
}

// What an image holds: `kept` samples, as stored.
void expect_samples(const RawTiff& raw, const std::vector<int>& kept, const std::string& what) {
  const Bytes file = make_tiff(raw);
  const ImageLayout layout = tiff_layout(file, "a.tif");
  ASSERT_EQ(layout, (ImageLayout{raw.height, raw.width, static_cast<std::int64_t>(kept.size()),
                                 raw.bits == 16 ? PixelType::u16 : PixelType::u8}))
      << what;
  Image image;
  for (const Window& window : windows_of(raw.height, raw.width)) {
    decode_tiff(file, "a.tif", window, image);
    ASSERT_EQ(image.height(), window.height);
    for (std::int64_t y = 0; y < window.height; ++y)
      for (std::int64_t x = 0; x < window.width; ++x)
        for (std::size_t c = 0; c < kept.size(); ++c)
          ASSERT_EQ(value_in(image, y, x, static_cast<std::int64_t>(c)),
                    raw.at(window.top + y, window.left + x, kept[c]))
              << what << ", row " << y << ", column " << x << ", channel " << c;
  }
}

std::string name_of_recipe(const RawTiff& raw) {
  return std::to_string(raw.width) + "x" + std::to_string(raw.height) + ", " + std::to_string(raw.samples) + " of " +
         std::to_string(raw.bits) + " bits, compression " + std::to_string(raw.compression) + ", strips of " +
         std::to_string(raw.strip_rows) + ", tiles of " + std::to_string(raw.tile_width) +
         (raw.is_planar ? ", planar" : "") + (raw.is_big_endian ? ", big-endian" : "") +
         (raw.is_big ? ", BigTIFF" : "") + (raw.has_predictor ? ", predictor" : "");
}

std::vector<int> all_samples(int count) {
  std::vector<int> samples;
  for (int i = 0; i < count; ++i) samples.push_back(i);
  return samples;
}

TEST(TiffDecode, EveryCompressionLayoutAndByteOrderGivesTheSamplesThatWereWritten) {
  std::uint64_t seed = 1;
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,
                                COMPRESSION_PACKBITS, COMPRESSION_ZSTD}) {
    if (TIFFIsCODECConfigured(static_cast<std::uint16_t>(compression)) == 0) continue;
    for (const int bits : {8, 16})
      for (const int samples : {1, 2, 3, 5})
        for (const bool is_planar : {false, true})
          for (const int layout : {0, 1, 2}) {
            RawTiff raw{.width = 37, .height = 23, .bits = bits, .samples = samples, .compression = compression};
            raw.color = samples == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
            if (raw.color == PHOTOMETRIC_MINISBLACK && samples > 1)
              raw.extra.assign(static_cast<std::size_t>(samples - 1), EXTRASAMPLE_UNSPECIFIED);
            raw.is_planar = is_planar;
            raw.is_big_endian = seed % 2 == 0;
            raw.is_big = seed % 3 == 0;
            raw.has_predictor = compression != COMPRESSION_NONE && compression != COMPRESSION_PACKBITS && seed % 5 < 3;
            raw.strip_rows = layout == 1 ? 5 : 0;
            raw.tile_width = layout == 2 ? 16 : 0;
            raw.tile_height = layout == 2 ? 32 : 0;
            raw = random_tiff(raw, seed++);
            expect_samples(raw, all_samples(samples), name_of_recipe(raw));
            if (HasFatalFailure()) return;
          }
  }
}

TEST(TiffDecode, AnImageOfOnePixelIsOne) {
  for (const int tile : {0, 16})
    expect_samples(random_tiff({.samples = 3, .color = PHOTOMETRIC_RGB, .tile_height = tile, .tile_width = tile}),
                   {0, 1, 2}, "one pixel");
}

TEST(TiffDecode, AlphaIsDroppedAndOtherSamplesAreKept) {
  for (const bool is_planar : {false, true}) {
    RawTiff raw{.width = 9, .height = 7, .samples = 6, .color = PHOTOMETRIC_RGB, .is_planar = is_planar};
    raw.extra = {EXTRASAMPLE_UNSPECIFIED, EXTRASAMPLE_UNASSALPHA, EXTRASAMPLE_UNSPECIFIED};
    expect_samples(random_tiff(raw), {0, 1, 2, 3, 5}, "RGB, infrared, alpha, height");
    raw.samples = 4;
    raw.bits = 16;
    raw.extra = {EXTRASAMPLE_ASSOCALPHA};
    expect_samples(random_tiff(raw), {0, 1, 2}, "RGBA");
    raw.samples = 2;
    raw.color = PHOTOMETRIC_MINISBLACK;
    raw.extra = {EXTRASAMPLE_UNASSALPHA};
    expect_samples(random_tiff(raw), {0}, "gray and alpha");
  }
}

TEST(TiffDecode, WhereWhiteIsZeroValuesAreTurnedRound) {
  for (const int bits : {1, 2, 4, 8, 16}) {
    const RawTiff raw = random_tiff({.width = 13, .height = 5, .bits = bits, .color = PHOTOMETRIC_MINISWHITE});
    const Bytes file = make_tiff(raw);
    const int largest = (1 << bits) - 1, scale = bits < 8 ? 255 / largest : 1;
    Image image;
    decode_tiff(file, "a.tif", {1, 2, 3, 10}, image);
    for (std::int64_t y = 0; y < 3; ++y)
      for (std::int64_t x = 0; x < 10; ++x)
        ASSERT_EQ(value_in(image, y, x, 0), (largest - raw.at(1 + y, 2 + x, 0)) * scale) << bits;
    if (bits == 16) continue;
    LabelMap labels;
    decode_tiff_labels(file, "a.tif", {1, 2, 3, 10}, labels);
    EXPECT_EQ(labels.row(2)[9], largest - raw.at(3, 11, 0));
  }
}

TEST(TiffDecode, FineGrayIsScaledInImagesAndRawInLabels) {
  for (const int bits : {1, 2, 4})
    for (const int tile : {0, 16}) {
      const RawTiff raw =
          random_tiff({.width = 21, .height = 9, .bits = bits, .tile_height = tile, .tile_width = tile});
      const Bytes file = make_tiff(raw);
      for (const Window& window : windows_of(9, 21)) {
        Image image;
        LabelMap labels;
        decode_tiff(file, "a.tif", window, image);
        decode_tiff_labels(file, "a.tif", window, labels);
        for (std::int64_t y = 0; y < window.height; ++y)
          for (std::int64_t x = 0; x < window.width; ++x) {
            const int value = raw.at(window.top + y, window.left + x, 0);
            ASSERT_EQ(labels.row(y)[static_cast<std::size_t>(x)], value);
            ASSERT_EQ(value_in(image, y, x, 0), value * 255 / ((1 << bits) - 1));
          }
      }
    }
}

TEST(TiffDecode, APaletteIsColoursInImagesAndNumbersInLabels) {
  for (const int bits : {1, 4, 8}) {
    const RawTiff raw = random_tiff({.width = 11, .height = 6, .bits = bits, .color = PHOTOMETRIC_PALETTE});
    const Bytes file = make_tiff(raw);
    EXPECT_EQ(tiff_layout(file, "a.tif"), (ImageLayout{6, 11, 3, PixelType::u8}));
    Image image;
    LabelMap labels;
    decode_tiff(file, "a.tif", {1, 2, 4, 8}, image);
    decode_tiff_labels(file, "a.tif", {1, 2, 4, 8}, labels);
    for (std::int64_t y = 0; y < 4; ++y)
      for (std::int64_t x = 0; x < 8; ++x) {
        const std::uint16_t value = raw.at(1 + y, 2 + x, 0);
        EXPECT_EQ(labels.row(y)[static_cast<std::size_t>(x)], value);
        const Rgb color = raw.palette[value];
        EXPECT_EQ(value_in(image, y, x, 0), color.r);
        EXPECT_EQ(value_in(image, y, x, 1), color.g);
        EXPECT_EQ(value_in(image, y, x, 2), color.b);
      }
  }
}

// The side of the upright image at which the stored row 0 and column 0 lie, as the specification lists them.
TEST(TiffDecode, OrientationIsApplied) {
  const std::int64_t height = 7, width = 10;
  for (int orientation = 1; orientation <= 8; ++orientation)
    for (const int samples : {1, 3}) {
      RawTiff raw{.width = 10, .height = 7, .bits = 16, .samples = samples};
      raw.color = samples == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
      raw.orientation = orientation;
      raw = random_tiff(raw);
      const Bytes file = make_tiff(raw);
      const ImageLayout layout = tiff_layout(file, "a.tif");
      ASSERT_EQ(layout.height, orientation < 5 ? height : width);
      const Window window{2, 1, 4, 5};
      Image image;
      decode_tiff(file, "a.tif", window, image);
      for (std::int64_t y = 0; y < window.height; ++y)
        for (std::int64_t x = 0; x < window.width; ++x) {
          const std::int64_t up = window.top + y, left = window.left + x;  // of the upright image
          const std::int64_t down = layout.height - 1 - up, right = layout.width - 1 - left;
          const std::int64_t rows[] = {up, up, down, down, left, right, right, left};
          const std::int64_t columns[] = {left, right, right, left, up, up, down, down};
          for (int c = 0; c < samples; ++c)
            ASSERT_EQ(value_in(image, y, x, c), raw.at(rows[orientation - 1], columns[orientation - 1], c))
                << orientation;
        }
    }
}

// libtiff's own way to RGBA is another path through it, and knows the colours.
TEST(TiffDecode, JpegWithinTiffIsWhatLibtiffMakesOfIt) {
  for (const int color : {PHOTOMETRIC_YCBCR, PHOTOMETRIC_RGB})
    for (const int tile : {0, 32}) {
      RawTiff raw{.width = 50, .height = 40, .samples = 3, .color = color, .compression = COMPRESSION_JPEG};
      raw.strip_rows = 16;
      raw.tile_width = raw.tile_height = tile;
      for (int i = 0; i < 50 * 40 * 3; ++i) raw.values.push_back(static_cast<std::uint16_t>(i / 150 * 5 + i % 3 * 20));
      const Bytes file = make_tiff(raw);
      testing::TiffMemory memory{.bytes = {reinterpret_cast<const char*>(file.data()), file.size()}};
      TIFF* tiff = memory.open("r");
      std::vector<std::uint32_t> expected(50 * 40);
      ASSERT_EQ(TIFFReadRGBAImageOriented(tiff, 50, 40, expected.data(), ORIENTATION_TOPLEFT), 1);
      TIFFClose(tiff);
      for (const Window& window : windows_of(40, 50)) {
        Image image;
        decode_tiff(file, "a.tif", window, image);
        for (std::int64_t y = 0; y < window.height; ++y)
          for (std::int64_t x = 0; x < window.width; ++x) {
            const std::uint32_t pixel = expected[static_cast<std::size_t>((window.top + y) * 50 + window.left + x)];
            ASSERT_EQ(value_in(image, y, x, 0), TIFFGetR(pixel));
            ASSERT_EQ(value_in(image, y, x, 1), TIFFGetG(pixel));
            ASSERT_EQ(value_in(image, y, x, 2), TIFFGetB(pixel));
          }
      }
      EXPECT_NE(label_refusal(file).what.find("which changes values"), std::string::npos);
      EXPECT_NE(problem_of([&] { tiff_label_layout(file, "a.tif"); }).what.find("which changes values"),
                std::string::npos);
    }
}

TEST(TiffDecode, LabelsOf16BitsAreTakenWhereTheyFit) {
  RawTiff raw = random_tiff({.width = 6, .height = 4, .bits = 16});
  for (std::uint16_t& value : raw.values) value %= 256;
  LabelMap labels;
  decode_tiff_labels(make_tiff(raw), "a.tif", {0, 0, 4, 6}, labels);
  EXPECT_EQ(labels.row(2)[3], raw.at(2, 3, 0));
  raw.values[2 * 6 + 3] = 300;
  EXPECT_EQ(label_refusal(make_tiff(raw)).what,
            "label 300 of 16 bits at row 2, column 3, but class numbers have at most 8 bits");
}

TEST(TiffDecode, ColoursAndSeveralChannelsAreNoLabels) {
  const RawTiff rgb = random_tiff({.width = 6, .height = 4, .samples = 3, .color = PHOTOMETRIC_RGB});
  EXPECT_EQ(label_refusal(make_tiff(rgb)).what, "the label is a colour image, so its pixels are no class numbers");
  const RawTiff two = random_tiff({.width = 6, .height = 4, .samples = 2, .extra = {EXTRASAMPLE_UNSPECIFIED}});
  EXPECT_EQ(label_refusal(make_tiff(two)).what, "the label has 2 channels, so its pixels are no class numbers");
}

TEST(TiffDecode, OnlyWhatTheWindowTouchesIsDecoded) {
  for (const int tile : {0, 16}) {
    RawTiff raw{.width = 40, .height = 64, .compression = COMPRESSION_ADOBE_DEFLATE, .strip_rows = 16};
    raw.tile_width = raw.tile_height = tile;
    raw = random_tiff(raw);
    Bytes file = make_tiff(raw);
    // The last strip or tile loses the beginning of its stream.
    testing::TiffMemory memory{.bytes = {reinterpret_cast<const char*>(file.data()), file.size()}};
    TIFF* tiff = memory.open("r");
    const std::uint32_t last = (tile > 0 ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff)) - 1;
    const std::uint64_t at = TIFFGetStrileOffset(tiff, last);
    TIFFClose(tiff);
    file[at] = file[at + 1] = std::byte{0xff};
    Image image;
    decode_tiff(file, "a.tif", {0, 0, 48, 40}, image);
    EXPECT_EQ(value_in(image, 47, 39, 0), raw.at(47, 39, 0));
    EXPECT_EQ(problem_of([&] {
                decode_tiff(file, "a.tif", {0, 0, 64, 40}, image);
              }).what.find("the TIFF is damaged: "),
              0U);
  }
}

std::vector<Bytes> small_files() {
  std::vector<Bytes> files;
  for (const int compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS, COMPRESSION_JPEG})
    for (const int tile : {0, 16}) {
      RawTiff raw{.width = 18, .height = 20, .samples = 3, .color = PHOTOMETRIC_RGB, .compression = compression};
      raw.strip_rows = 8;
      raw.tile_width = raw.tile_height = tile;
      raw.is_big = compression == COMPRESSION_LZW;
      files.push_back(make_tiff(random_tiff(raw)));
    }
  files.push_back(make_tiff(random_tiff({.width = 9, .height = 5, .bits = 4, .color = PHOTOMETRIC_PALETTE})));
  return files;
}

// libtiff writes the directory last, so a file that was cut short has none.
TEST(TiffDecode, ATruncatedFileIsRefusedWhereverItEnds) {
  for (const Bytes& file : small_files())
    for (std::size_t size = 8; size < file.size(); ++size) {
      const Bytes part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
      const Problem problem = refusal(part);
      // Padding, or a number that nobody needs, may end a file.
      if (problem.what.empty())
        EXPECT_GE(size, file.size() - 16);
      else
        EXPECT_EQ(problem.what.find("the TIFF is "), 0U) << problem.what;
    }
}

TEST(TiffDecode, FlippedBitsAreRefusedOrGiveOtherPixels) {
  for (const Bytes& file : small_files())
    for (std::size_t bit = 0; bit<file.size() * 8; bit += file.size()> 1000 ? 5 : 1) {
      Bytes damaged = file;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      const Problem problem = refusal(damaged);
      EXPECT_TRUE(problem.what.empty() || !problem.remedy.empty());
      label_refusal(damaged);
    }
}

TEST(TiffDecode, APaletteWithoutColoursIsDamaged) {
  Bytes file = make_tiff(random_tiff({.width = 9, .height = 5, .bits = 4, .color = PHOTOMETRIC_PALETTE}));
  testing::patch_tiff(file, TIFFTAG_COLORMAP, 0, 65000, 2);
  EXPECT_EQ(refusal(file).what.find("the TIFF is damaged: "), 0U);
}

TEST(TiffDecode, NothingIsPrinted) {
  ::testing::internal::CaptureStderr();
  for (const Bytes& file : small_files()) {
    Bytes damaged = file;
    for (std::size_t i = 8; i < damaged.size() / 2; i += 3) damaged[i] ^= std::byte{0x55};
    refusal(damaged);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(TiffDecode, ThreadsDoNotDisturbEachOther) {
  const RawTiff raw = random_tiff(
      {.width = 60, .height = 50, .bits = 16, .samples = 3, .color = PHOTOMETRIC_RGB, .compression = COMPRESSION_LZW});
  const Bytes file = make_tiff(raw);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      Image image;
      for (std::int64_t i = 0; i < 20; ++i) {
        decode_tiff(file, "a.tif", {i, i, 30, 30}, image);
        wrong[t] += value_in(image, 29, 29, 2) != raw.at(29 + i, 29 + i, 2);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace seg
