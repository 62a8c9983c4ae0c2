// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/random.h"
#include "image/jpeg_index.h"
#include "image/jpeg_library.h"
#include "image/jpeg_pixels.h"
#include "image/jpeg_scan.h"
#include "tests/image/jpeg_maker.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level, testing::gradient_image, testing::JpegRecipe, testing::make_jpeg,
    testing::noise_image;

// As jpeg_rows itself understands a header.
JpegHeader header_of(const Bytes& file) {
  const auto scan = read_jpeg_scan(file);
  if (!scan) return {};
  return {.height = scan->height,
          .width = scan->width,
          .components = static_cast<int>(scan->num_channels),
          .orientation = {}};
}

std::optional<Bytes> by_rows(const Bytes& file, const Window& window, std::int64_t channels,
                             JpegIndex* index = nullptr) {
  Bytes pixels(static_cast<std::size_t>(window.height * window.width * channels + 1), std::byte{77});
  const JpegHeader header = header_of(file);
  if (!window.within(header.height, header.width)) return std::nullopt;
  if (!decode_jpeg_rows(file, header, window, index, pixels.data())) return std::nullopt;
  EXPECT_EQ(pixels.back(), std::byte{77});  // nothing is written behind the window
  pixels.pop_back();
  return pixels;
}

std::optional<Bytes> by_libjpeg(const Bytes& file, const Window& window) {
  const JpegHeader header = jpeg_header_of_file(file, "street.jpg");
  Bytes pixels(static_cast<std::size_t>(window.height * window.width * header.layout().channels));
  try {
    decode_with_libjpeg(file, "street.jpg", header, window, pixels.data());
  } catch (const UserError&) {
    return std::nullopt;
  }
  return pixels;
}

void expect_as_libjpeg(const Bytes& file, const Window& window, std::int64_t channels) {
  const auto ours = by_rows(file, window, channels), theirs = by_libjpeg(file, window);
  ASSERT_TRUE(ours && theirs) << ours.has_value() << theirs.has_value();
  const auto [a, b] = std::ranges::mismatch(*ours, *theirs);
  ASSERT_EQ(a, ours->end()) << "window " << window.top << ' ' << window.left << ' ' << window.height << 'x'
                            << window.width << ", byte " << a - ours->begin() << ": " << std::to_integer<int>(*a)
                            << " instead of " << std::to_integer<int>(*b);
}

struct Sampling {
  int across, down;
};
constexpr Sampling kSamplings[] = {{1, 1}, {2, 1}, {1, 2}, {2, 2}};

TEST(JpegRows, WholeImagesOfEverySizeAreThoseOfLibjpeg) {
  for (const Sampling& sampling : kSamplings)
    for (const std::int64_t height : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 40})
      for (const std::int64_t width : {1, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 31, 33, 129, 150, 260}) {
        if (sampling.across == 2 && width <= 4) continue;  // not smoothed; left to libjpeg
        SCOPED_TRACE(::testing::Message() << sampling.across << 'x' << sampling.down << ", " << height << 'x' << width);
        const JpegRecipe recipe{.quality = 90, .across = sampling.across, .down = sampling.down};
        expect_as_libjpeg(make_jpeg(noise_image(height, width, 3), recipe), {0, 0, height, width}, 3);
      }
}

TEST(JpegRows, GrayImagesAreThoseOfLibjpeg) {
  for (const std::int64_t height : {1, 8, 9, 23})
    for (const std::int64_t width : {1, 2, 8, 31, 64, 65, 300})
      for (const int across : {1, 2, 4}) {  // of no effect where there is no chroma
        const JpegRecipe recipe{.stored = JCS_GRAYSCALE, .across = across, .down = across / 2 + 1};
        expect_as_libjpeg(make_jpeg(noise_image(height, width, 1), recipe), {0, 0, height, width}, 1);
      }
}

TEST(JpegRows, EveryQualityIsThatOfLibjpeg) {
  for (int quality = 1; quality <= 100; ++quality)
    for (const Image& image : {noise_image(17, 36, 3), gradient_image(17, 36, 3)})
      for (const Sampling& sampling : kSamplings) {
        SCOPED_TRACE(quality);
        const JpegRecipe recipe{
            .quality = quality, .across = sampling.across, .down = sampling.down, .has_own_codes = quality % 2 == 0};
        expect_as_libjpeg(make_jpeg(image, recipe), {0, 0, 17, 36}, 3);
      }
}

// What the encoder is given are the extremes, so that samples overshoot.
TEST(JpegRows, BlackAndWhiteAreThoseOfLibjpeg) {
  Image image = noise_image(48, 80, 3);
  for (std::byte& byte : image.bytes()) byte = byte < std::byte{128} ? std::byte{0} : std::byte{255};
  for (const Sampling& sampling : kSamplings)
    for (const int quality : {5, 30, 75, 100})
      expect_as_libjpeg(make_jpeg(image, {.quality = quality, .across = sampling.across, .down = sampling.down}),
                        {0, 0, 48, 80}, 3);
}

TEST(JpegRows, EveryWindowIsThatOfLibjpeg) {
  const std::int64_t height = 53, width = 181;
  Random random(3, RandomStream::synthetic, 0);
  const auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(end)));
  };
  for (const Sampling& sampling : kSamplings)
    for (const int restart_units : {0, 1, 5}) {
      const Bytes file = make_jpeg(noise_image(height, width, 3), {.across = sampling.across,
                                                                   .down = sampling.down,
                                                                   .restart_units = restart_units,
                                                                   .has_own_codes = restart_units == 5});
      std::vector<Window> windows = {{0, 0, 1, 1},
                                     {height - 1, width - 1, 1, 1},
                                     {0, width - 1, height, 1},
                                     {16, 16, 16, 16},
                                     {15, 15, 18, 18},
                                     {17, 17, 14, 14},
                                     {height - 1, 0, 1, width}};
      for (int i = 0; i < 60; ++i) {
        const Window place{below(height), below(width), 0, 0};
        windows.push_back({place.top, place.left, 1 + below(height - place.top), 1 + below(width - place.left)});
      }
      for (const Window& window : windows) {
        SCOPED_TRACE(::testing::Message() << sampling.across << 'x' << sampling.down << ' ' << restart_units);
        expect_as_libjpeg(file, window, 3);
      }
    }
}

TEST(JpegRows, EveryInstructionLevelGivesThePixelsOfLibjpeg) {
  at_every_instruction_level([] {
    if (!has_jpeg_pixels()) return;
    for (const Sampling& sampling : kSamplings)
      for (const int quality : {3, 40, 95}) {
        const JpegRecipe recipe{
            .quality = quality, .across = sampling.across, .down = sampling.down, .restart_rows = quality / 40};
        const Bytes file = make_jpeg(noise_image(50, 150, 3), recipe);
        expect_as_libjpeg(file, {0, 0, 50, 150}, 3);
        expect_as_libjpeg(file, {13, 21, 30, 101}, 3);
      }
  });
}

TEST(JpegRows, OtherKindsAreLeftToLibjpeg) {
  const Window window{0, 0, 16, 16};
  const auto is_left = [&](const JpegRecipe& recipe, std::int64_t channels = 3) {
    return !by_rows(make_jpeg(noise_image(16, 16, channels), recipe), window, 3).has_value();
  };
  EXPECT_FALSE(is_left({}));
  EXPECT_TRUE(is_left({.is_progressive = true}));
  EXPECT_TRUE(is_left({.stored = JCS_RGB}));
  EXPECT_TRUE(is_left({.across = 4}));
  EXPECT_TRUE(is_left({.has_scan_for_each_channel = true}));
  EXPECT_TRUE(is_left({.stored = JCS_YCCK}, 4));
}

// Were the two to disagree about a header, the window and its memory would be those of another image.
TEST(JpegRows, AFileWhoseHeaderWasUnderstoodOtherwiseIsLeftToLibjpeg) {
  const Bytes file = make_jpeg(noise_image(24, 16, 3));
  const Window window{0, 0, 8, 8};
  Bytes pixels(8 * 8 * 3);
  const auto is_taken = [&](const JpegHeader& header) {
    return decode_jpeg_rows(file, header, window, nullptr, pixels.data());
  };
  EXPECT_TRUE(is_taken({.height = 24, .width = 16, .components = 3, .orientation = {}}));
  EXPECT_FALSE(is_taken({.height = 16, .width = 16, .components = 3, .orientation = {}}));
  EXPECT_FALSE(is_taken({.height = 24, .width = 24, .components = 3, .orientation = {}}));
  EXPECT_FALSE(is_taken({.height = 24, .width = 16, .components = 1, .orientation = {}}));
}

TEST(JpegRows, AnIndexGetsToKnowFilesOfWhichAPartIsDecoded) {
  const Bytes file = make_jpeg(noise_image(200, 40, 3));
  JpegIndex index;
  ASSERT_TRUE(by_rows(file, {0, 0, 200, 40}, 3, &index));
  EXPECT_EQ(index.size(), 0U);
  ASSERT_TRUE(by_rows(file, {150, 3, 20, 10}, 3, &index));
  EXPECT_EQ(index.size(), 1U);
}

TEST(JpegRows, AFileThatIsCutOffIsLeftToLibjpeg) {
  for (const int restart_units : {0, 2}) {
    const Bytes file = make_jpeg(noise_image(19, 24, 3), {.across = 2, .down = 2, .restart_units = restart_units});
    for (std::size_t size = 3; size < file.size(); ++size) {
      const Bytes start(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_FALSE(by_rows(start, {0, 0, 19, 24}, 3)) << size;
    }
  }
}

TEST(JpegRows, AWindowNeedsNoMoreOfTheFileThanItsRows) {
  const Bytes file = make_jpeg(noise_image(120, 60, 3));
  const Bytes part(file.begin(), file.begin() + std::ssize(file) * 2 / 3);
  EXPECT_EQ(by_rows(part, {10, 5, 30, 40}, 3), by_libjpeg(file, {10, 5, 30, 40}));
  EXPECT_FALSE(by_rows(part, {100, 5, 10, 40}, 3));
}

// The second time the rows above are not walked through. A bit of theirs that was changed since is found as ever.
TEST(JpegRows, AKnownFileThatWasChangedIsReadAnew) {
  for (const int restart_units : {0, 2}) {
    const Bytes file =
        make_jpeg(noise_image(51, 19, 1), {.stored = JCS_GRAYSCALE, .quality = 60, .restart_units = restart_units});
    const Window bottom{44, 3, 6, 10};
    JpegIndex index;
    std::size_t accepted = 0;
    for (std::size_t bit = 16; bit < file.size() * 8; ++bit) {
      ASSERT_EQ(by_rows(file, bottom, 1, &index), by_libjpeg(file, bottom)) << "bit " << bit;
      Bytes damaged = file;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      try {
        const JpegHeader header = jpeg_header_of_file(damaged, "street.jpg");
        if (header.height != 51 || header.width != 19) continue;
      } catch (const UserError&) {
        continue;
      }
      const auto ours = by_rows(damaged, bottom, 1, &index);
      if (!ours) continue;
      ++accepted;
      ASSERT_EQ(ours, by_libjpeg(damaged, bottom)) << "bit " << bit;
    }
    EXPECT_GT(accepted, file.size());
  }
}

// What is accepted is accepted by libjpeg, and is the same.
TEST(JpegRows, AnyDamageIsLeftToLibjpegOrOfNoEffect) {
  const JpegRecipe recipes[] = {{.quality = 60, .across = 2, .down = 2},
                                {.quality = 90, .across = 2, .restart_units = 2},
                                {.stored = JCS_GRAYSCALE, .quality = 20, .has_own_codes = true}};
  for (const JpegRecipe& recipe : recipes) {
    const std::int64_t channels = recipe.stored == JCS_GRAYSCALE ? 1 : 3;
    const Bytes file = make_jpeg(noise_image(11, 19, channels), recipe);
    std::size_t accepted = 0;
    for (std::size_t bit = 16; bit < file.size() * 8; bit += 3) {
      Bytes damaged = file;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      Window window{0, 0, 11, 19};
      try {
        const JpegHeader header = jpeg_header_of_file(damaged, "street.jpg");
        window = {0, 0, header.height, header.width};
        if (header.height * header.width > 50 * 50 || header.layout().channels != channels) continue;
      } catch (const UserError&) {
        continue;
      }
      const auto ours = by_rows(damaged, window, channels);
      if (!ours) continue;
      ++accepted;
      ASSERT_EQ(ours, by_libjpeg(damaged, window)) << "bit " << bit;
    }
    EXPECT_GT(accepted, file.size() / 3);  // an eighth: a value's bits are as good as others
  }
}

}  // namespace
}  // namespace seg
