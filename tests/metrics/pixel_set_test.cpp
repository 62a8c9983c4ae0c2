// SPDX-License-Identifier: Apache-2.0
#include "metrics/pixel_set.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <utility>

#include "base/random.h"

namespace seg {
namespace {

using Pixels = std::set<std::pair<std::int64_t, std::int64_t>>;

Pixels pixels_of(const PixelSet& set, std::int64_t height, std::int64_t width) {
  Pixels pixels;
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      if (set.contains(y, x)) pixels.emplace(y, x);
  return pixels;
}

TEST(PixelSet, HoldsWhatWasInsertedWhereverWordsEnd) {
  constexpr std::int64_t kHeight = 5, kWidth = 200;
  Random random(1, RandomStream::synthetic, 0);
  PixelSet set;
  for (int run = 0; run < 50; ++run) {
    set.clear(kHeight, kWidth);
    Pixels expected;
    for (int i = 0; i < 4; ++i) {
      const auto y = static_cast<std::int64_t>(random.below(7)) - 1;  // also outside of the image
      const auto first = static_cast<std::int64_t>(random.below(260)) - 30;
      const auto last = first + static_cast<std::int64_t>(random.below(150)) - 10;
      set.insert({.y = y, .first = first, .last = last});
      for (std::int64_t x = std::max<std::int64_t>(first, 0); x <= std::min(last, kWidth - 1); ++x)
        if (y >= 0 && y < kHeight) expected.emplace(y, x);
    }
    EXPECT_EQ(pixels_of(set, kHeight, kWidth), expected);
    for (std::int64_t y = -1; y <= kHeight; ++y) {
      std::int64_t inside = 0;
      for (std::int64_t x = 10; x <= 140; ++x) inside += static_cast<std::int64_t>(expected.contains({y, x}));
      EXPECT_EQ(set.count({.y = y, .first = 10, .last = 140}), inside);
    }
  }
}

TEST(PixelSet, RowsAreCleared) {
  PixelSet set;
  set.clear(4, 3);
  for (std::int64_t y = 0; y < 4; ++y) set.insert({.y = y, .first = 0, .last = 0});
  set.clear_rows(2, 100);
  EXPECT_EQ(pixels_of(set, 4, 3), (Pixels{{0, 0}, {1, 0}}));
  set.clear_rows(-5, 0);
  EXPECT_EQ(pixels_of(set, 4, 3), (Pixels{{1, 0}}));
  set.clear_rows(3, 2);
  EXPECT_EQ(pixels_of(set, 4, 3), (Pixels{{1, 0}}));
}

TEST(Disc, HoldsThePixelsWhoseCentresAreNear) {
  for (const double squared_radius : {0.0, 0.99, 1.0, 2.0, 24.99, 25.0, 306.7}) {
    const Disc disc(squared_radius);
    for (std::int64_t y = 0; y <= 20; ++y)
      for (std::int64_t x = 0; x <= 20; ++x) {
        const bool is_inside = y <= disc.reach() && x <= disc.half_width(y);
        EXPECT_EQ(is_inside, static_cast<double>(x * x + y * y) <= squared_radius)
            << squared_radius << " at " << y << ' ' << x;
      }
  }
}

TEST(PixelSet, DiscsAroundASpanAreThoseAroundItsPixels) {
  PixelSet at_once, one_by_one;
  at_once.clear(12, 90);
  one_by_one.clear(12, 90);
  const Disc disc(13);
  at_once.insert_discs({.y = 1, .first = 58, .last = 66}, disc);
  for (std::int64_t x = 58; x <= 66; ++x) one_by_one.insert_discs({.y = 1, .first = x, .last = x}, disc);
  EXPECT_EQ(pixels_of(at_once, 12, 90), pixels_of(one_by_one, 12, 90));
  EXPECT_TRUE(at_once.contains(4, 60));
  EXPECT_FALSE(at_once.contains(4, 69));
}

}  // namespace
}  // namespace seg
