// SPDX-License-Identifier: Apache-2.0
#include "image/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

constexpr std::uint8_t kPad = 7, kPadLabel = 211, kIgnored = 5;

template <class T>
constexpr PixelType kTypeOf = sizeof(T) == 1 ? PixelType::u8 : PixelType::u16;

template <class T>
Image random_image(std::int64_t height, std::int64_t width, std::int64_t channels, std::uint64_t seed) {
  Image image({.height = height, .width = width, .channels = channels, .type = kTypeOf<T>});
  Random random(seed, RandomStream::synthetic, 0);
  for (std::int64_t y = 0; y < height; ++y) {
    for (T& value : image.row<T>(y)) value = static_cast<T>(random.bits());
  }
  return image;
}

LabelMap random_label(std::int64_t height, std::int64_t width, std::uint64_t seed) {
  LabelMap label(height, width);
  Random random(seed, RandomStream::synthetic, 1);
  for (std::uint8_t& value : label.values()) value = static_cast<std::uint8_t>(random.below(200));
  return label;
}

template <class T>
Image cut(const Image& image, const Window& window) {
  ImageLayout layout = image.layout();
  layout.height = window.height;
  layout.width = window.width;
  Image part(layout);
  for (std::int64_t y = 0; y < window.height; ++y) {
    const auto from = image.row<T>(window.top + y).subspan(static_cast<std::size_t>(window.left * layout.channels));
    std::copy_n(from.begin(), part.row<T>(y).size(), part.row<T>(y).begin());
  }
  return part;
}

LabelMap cut(const LabelMap& label, const Window& window) {
  LabelMap part(window.height, window.width);
  for (std::int64_t y = 0; y < window.height; ++y) {
    std::copy_n(label.row(window.top + y).begin() + window.left, window.width, part.row(y).begin());
  }
  return part;
}

// What resampling gives, from nothing but the window that it asks for.
template <class T>
std::vector<T> crop_of(const Image& image, const CropGeometry& g, std::int64_t rows_at_a_time = 1 << 20) {
  Resampler resampler;
  resampler.prepare(g, image.channels());
  const Image window = cut<T>(image, source_window(g));
  const std::int64_t row = g.width * image.channels();
  std::vector<T> out(static_cast<std::size_t>(g.height * row), T{99});
  for (std::int64_t first = 0; first < g.height; first += rows_at_a_time) {
    const std::int64_t count = std::min(rows_at_a_time, g.height - first);
    resampler.image_rows(window, first, count, std::span(out).subspan(first * row, count * row), T{kPad});
  }
  return out;
}

std::vector<std::uint8_t> crop_of(const LabelMap& label, const CropGeometry& g) {
  Resampler resampler;
  resampler.prepare(g, 1);
  std::vector<std::uint8_t> out(static_cast<std::size_t>(g.height * g.width), 99);
  const std::int64_t counted = resampler.label(cut(label, source_window(g)), out, kPadLabel, kIgnored);
  EXPECT_EQ(counted, std::ranges::count_if(out, [](std::uint8_t v) { return v != kIgnored; }));
  return out;
}

CropGeometry whole_of(const CropGeometry& g) {
  CropGeometry all = g;
  all.top = all.left = 0;
  all.height = g.scaled_height;
  all.width = g.scaled_width;
  all.flip = all.flip_vertical = false;
  return all;
}

// Position (y, x) of the crop in the scaled image, flips undone.
struct Position {
  std::int64_t y, x;
};
Position scaled_position(const CropGeometry& g, std::int64_t y, std::int64_t x) {
  return {g.top + (g.flip_vertical ? g.height - 1 - y : y), g.left + (g.flip ? g.width - 1 - x : x)};
}
bool is_padding(const CropGeometry& g, const Position& p) {
  return p.y < 0 || p.x < 0 || p.y >= g.scaled_height || p.x >= g.scaled_width;
}

// The crop, cut out of the whole scaled image by plain loops.
template <class T>
std::vector<T> cut_of_whole(const std::vector<T>& scaled, std::int64_t channels, const CropGeometry& g, T pad) {
  std::vector<T> out;
  for (std::int64_t y = 0; y < g.height; ++y) {
    for (std::int64_t x = 0; x < g.width; ++x) {
      const Position p = scaled_position(g, y, x);
      for (std::int64_t c = 0; c < channels; ++c) {
        out.push_back(is_padding(g, p) ? pad
                                       : scaled[static_cast<std::size_t>((p.y * g.scaled_width + p.x) * channels + c)]);
      }
    }
  }
  return out;
}

// OpenCV's nearest neighbour, as its source computes it.
std::int64_t nearest(std::int64_t position, std::int64_t source, std::int64_t scaled) {
  const double inv_scale = static_cast<double>(scaled) / static_cast<double>(source);
  return std::min(static_cast<std::int64_t>(std::floor(static_cast<double>(position) * (1. / inv_scale))), source - 1);
}

double source_coordinate(std::int64_t position, std::int64_t source, std::int64_t scaled) {
  const double x =
      (static_cast<double>(position) + 0.5) * static_cast<double>(source) / static_cast<double>(scaled) - 0.5;
  return std::clamp(x, 0.0, static_cast<double>(source - 1));
}

// Bilinear interpolation in double precision.
template <class T>
double interpolated(const Image& image, const CropGeometry& g, const Position& p, std::int64_t channel) {
  const double y = source_coordinate(p.y, g.source_height, g.scaled_height);
  const double x = source_coordinate(p.x, g.source_width, g.scaled_width);
  const auto y0 = static_cast<std::int64_t>(y), x0 = static_cast<std::int64_t>(x);
  const std::int64_t y1 = std::min(y0 + 1, image.height() - 1), x1 = std::min(x0 + 1, image.width() - 1);
  const auto value = [&](std::int64_t row, std::int64_t column) {
    return static_cast<double>(image.row<T>(row)[static_cast<std::size_t>(column * image.channels() + channel)]);
  };
  const double u = x - static_cast<double>(x0), v = y - static_cast<double>(y0);
  return (value(y0, x0) * (1 - u) + value(y0, x1) * u) * (1 - v) + (value(y1, x0) * (1 - u) + value(y1, x1) * u) * v;
}

CropGeometry random_geometry(Random& random, std::int64_t most) {
  const auto size = [&] { return 1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most))); };
  CropGeometry g{.source_height = size(),
                 .source_width = size(),
                 .scaled_height = size(),
                 .scaled_width = size(),
                 .height = size(),
                 .width = size(),
                 .flip = random.below(2) == 1,
                 .flip_vertical = random.below(2) == 1};
  const auto offset = [&](std::int64_t scaled, std::int64_t crop) {  // at least one pixel in common
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(scaled + crop - 1))) - (crop - 1);
  };
  g.top = offset(g.scaled_height, g.height);
  g.left = offset(g.scaled_width, g.width);
  return g;
}

std::uint64_t hash_of(const std::vector<std::uint8_t>& bytes) {
  return seg::hash_of(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// All sizes up to 6 and scaled sizes up to 13, every place of crops of 1, 3 and 14 rows, both flips.
TEST(Resample, WindowEqualsWholeImageAtEveryBorder) {
  for (std::int64_t source = 1; source <= 6; ++source) {
    for (std::int64_t scaled = 1; scaled <= 13; ++scaled) {
      const Image tall = random_image<std::uint8_t>(source, 2, 3, 1),
                  wide = random_image<std::uint8_t>(2, source, 3, 2);
      const LabelMap tall_label = random_label(source, 2, 3), wide_label = random_label(2, source, 4);
      for (const std::int64_t crop : {1, 3, 14}) {
        for (std::int64_t offset = 1 - crop; offset < scaled; ++offset) {
          for (const bool flip : {false, true}) {
            const CropGeometry rows{.source_height = source,
                                    .source_width = 2,
                                    .scaled_height = scaled,
                                    .scaled_width = 3,
                                    .top = offset,
                                    .height = crop,
                                    .width = 3,
                                    .flip_vertical = flip};
            ASSERT_EQ(crop_of<std::uint8_t>(tall, rows),
                      cut_of_whole(crop_of<std::uint8_t>(tall, whole_of(rows)), 3, rows, kPad));
            ASSERT_EQ(crop_of(tall_label, rows), cut_of_whole(crop_of(tall_label, whole_of(rows)), 1, rows, kPadLabel));
            const CropGeometry columns{.source_height = 2,
                                       .source_width = source,
                                       .scaled_height = 3,
                                       .scaled_width = scaled,
                                       .left = offset,
                                       .height = 3,
                                       .width = crop,
                                       .flip = flip};
            ASSERT_EQ(crop_of<std::uint8_t>(wide, columns),
                      cut_of_whole(crop_of<std::uint8_t>(wide, whole_of(columns)), 3, columns, kPad));
            ASSERT_EQ(crop_of(wide_label, columns),
                      cut_of_whole(crop_of(wide_label, whole_of(columns)), 1, columns, kPadLabel));
          }
        }
      }
    }
  }
}

template <class T>
void compare_with_double_precision(double tolerance) {
  Random random(5, RandomStream::synthetic, 2);
  for (int i = 0; i < 400; ++i) {
    const CropGeometry g = random_geometry(random, 40);
    const std::int64_t channels = 1 + i % 5;
    const Image image = random_image<T>(g.source_height, g.source_width, channels, static_cast<std::uint64_t>(i));
    const std::vector<T> crop = crop_of<T>(image, g, 1 + i % 7);
    ASSERT_EQ(crop, cut_of_whole(crop_of<T>(image, whole_of(g)), channels, g, T{kPad}));
    for (std::int64_t y = 0; y < g.height; ++y) {
      for (std::int64_t x = 0; x < g.width; ++x) {
        const Position p = scaled_position(g, y, x);
        for (std::int64_t c = 0; c < channels; ++c) {
          const T value = crop[static_cast<std::size_t>((y * g.width + x) * channels + c)];
          if (is_padding(g, p)) {
            ASSERT_EQ(value, T{kPad});
          } else {
            ASSERT_NEAR(value, interpolated<T>(image, g, p, c), 0.5 + tolerance);
          }
        }
      }
    }
  }
}

TEST(Resample, EqualsInterpolationInDoublePrecisionUpToRounding) {
  compare_with_double_precision<std::uint8_t>(0.03);
  compare_with_double_precision<std::uint16_t>(4.5);  // 65535 times the rounding of two weights
}

TEST(Resample, LabelsFollowOpenCvsRule) {
  Random random(6, RandomStream::synthetic, 3);
  for (int i = 0; i < 400; ++i) {
    const CropGeometry g = random_geometry(random, 40);
    const LabelMap label = random_label(g.source_height, g.source_width, static_cast<std::uint64_t>(i));
    const std::vector<std::uint8_t> crop = crop_of(label, g);
    for (std::int64_t y = 0; y < g.height; ++y) {
      for (std::int64_t x = 0; x < g.width; ++x) {
        const Position p = scaled_position(g, y, x);
        std::uint8_t expected = kPadLabel;
        if (!is_padding(g, p)) {
          expected = label.row(
              nearest(p.y, g.source_height,
                      g.scaled_height))[static_cast<std::size_t>(nearest(p.x, g.source_width, g.scaled_width))];
        }
        ASSERT_EQ(crop[static_cast<std::size_t>(y * g.width + x)], expected);
      }
    }
  }
}

TEST(Resample, IgnoredLabelsOfThePaddingAreNotCounted) {
  const CropGeometry g{.source_height = 4,
                       .source_width = 5,
                       .scaled_height = 4,
                       .scaled_width = 5,
                       .top = -1,
                       .left = 2,
                       .height = 6,
                       .width = 7};
  LabelMap label(4, 5);
  std::ranges::fill(label.values(), std::uint8_t{1});
  label.row(0)[4] = 9;
  Resampler resampler;
  resampler.prepare(g, 1);
  std::vector<std::uint8_t> out(6 * 7);
  EXPECT_EQ(resampler.label(cut(label, source_window(g)), out, 9, 9), 4 * 3 - 1);
  EXPECT_EQ(resampler.label(cut(label, source_window(g)), out, 8, 9), 6 * 7 - 1);
  EXPECT_EQ(resampler.label(cut(label, source_window(g)), out, 9, 1), 6 * 7 - 4 * 3 + 1);
}

TEST(Resample, FlipsAreMirrorImages) {
  Random random(7, RandomStream::synthetic, 4);
  for (int i = 0; i < 100; ++i) {
    CropGeometry g = random_geometry(random, 30);
    g.flip = g.flip_vertical = false;
    const Image image = random_image<std::uint8_t>(g.source_height, g.source_width, 1, static_cast<std::uint64_t>(i));
    std::vector<std::uint8_t> plain = crop_of<std::uint8_t>(image, g);
    for (auto row = plain.begin(); row != plain.end(); row += g.width) std::reverse(row, row + g.width);
    g.flip = true;
    ASSERT_EQ(crop_of<std::uint8_t>(image, g), plain);
    std::reverse(plain.begin(), plain.end());  // both sides: left and right are as before, rows are reversed
    for (auto row = plain.begin(); row != plain.end(); row += g.width) std::reverse(row, row + g.width);
    g.flip_vertical = true;
    ASSERT_EQ(crop_of<std::uint8_t>(image, g), plain);
  }
}

TEST(Resample, ScaleOfOneCopies) {
  const Image image = random_image<std::uint8_t>(9, 12, 3, 1);
  const CropGeometry g{
      .source_height = 9, .source_width = 12, .scaled_height = 9, .scaled_width = 12, .height = 9, .width = 12};
  const std::vector<std::uint8_t> crop = crop_of<std::uint8_t>(image, g);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(image.bytes().data());
  EXPECT_TRUE(std::equal(crop.begin(), crop.end(), bytes));
}

// The window is exactly what the rules touch: decoding any less would be wrong, decoding more a waste.
TEST(Resample, SourceWindowIsWhatTheRulesTouch) {
  Random random(8, RandomStream::synthetic, 5);
  for (int i = 0; i < 1000; ++i) {
    const CropGeometry g = random_geometry(random, 60);
    const auto touched = [](std::int64_t offset, std::int64_t crop, std::int64_t source, std::int64_t scaled) {
      std::set<std::int64_t> positions;
      for (std::int64_t p = std::max<std::int64_t>(offset, 0); p < std::min(offset + crop, scaled); ++p) {
        const double x = source_coordinate(p, source, scaled);
        positions.insert(static_cast<std::int64_t>(std::floor(x + 1.0 / (1 << 15))));  // as weights are rounded
        positions.insert(static_cast<std::int64_t>(std::ceil(x - 1.0 / (1 << 15))));
        positions.insert(nearest(p, source, scaled));
      }
      return positions;
    };
    const Window window = source_window(g);
    const auto rows = touched(g.top, g.height, g.source_height, g.scaled_height);
    const auto columns = touched(g.left, g.width, g.source_width, g.scaled_width);
    ASSERT_EQ(window.top, *rows.begin());
    ASSERT_EQ(window.top + window.height - 1, *rows.rbegin());
    ASSERT_EQ(window.left, *columns.begin());
    ASSERT_EQ(window.left + window.width - 1, *columns.rbegin());
  }
}

TEST(Resample, CropBesideTheImageIsAllPadding) {
  const CropGeometry g{.source_height = 5,
                       .source_width = 5,
                       .scaled_height = 5,
                       .scaled_width = 5,
                       .top = 1,
                       .left = 5,
                       .height = 3,
                       .width = 2};
  EXPECT_EQ(source_window(g), Window{});
  EXPECT_EQ(inner_window(g), Window{});
  EXPECT_EQ(crop_of<std::uint8_t>(random_image<std::uint8_t>(5, 5, 1, 1), g), std::vector<std::uint8_t>(6, kPad));
  EXPECT_EQ(crop_of(random_label(5, 5, 1), g), std::vector<std::uint8_t>(6, kPadLabel));
}

TEST(Resample, ReservedResamplerKeepsWorkingOnLargerCrops) {
  Resampler resampler;
  resampler.reserve(2, 2, {.height = 2, .width = 2, .channels = 1, .type = PixelType::u8});
  const CropGeometry g{
      .source_height = 8, .source_width = 8, .scaled_height = 8, .scaled_width = 8, .height = 8, .width = 8};
  resampler.prepare(g, 1);
  const Image image = random_image<std::uint8_t>(8, 8, 1, 1);
  std::vector<std::uint8_t> out(64);
  resampler.image_rows(image, 0, 8, out, 0);
  EXPECT_EQ(out, crop_of<std::uint8_t>(image, g));
}

// Guards the bytes themselves: every instruction set, compiler and later version must give these.
TEST(Resample, BytesAreThoseOfTheFirstVersion) {
  const CropGeometry g{.source_height = 203,
                       .source_width = 311,
                       .scaled_height = 157,
                       .scaled_width = 421,
                       .top = 11,
                       .left = -13,
                       .height = 100,
                       .width = 300,
                       .flip = true};
  testing::at_every_instruction_level([&] {
    EXPECT_EQ(hash_of(crop_of<std::uint8_t>(random_image<std::uint8_t>(203, 311, 3, 42), g)), 17988269224868664171U);
    EXPECT_EQ(hash_of(crop_of(random_label(203, 311, 42), g)), 4257246899585240533U);
  });
}

}  // namespace
}  // namespace seg
