// SPDX-License-Identifier: Apache-2.0
#include "evaluation/tiles.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace seg {
namespace {

std::vector<TileAxis> axes() {
  std::vector<TileAxis> all;
  for (const std::int64_t step : {1, 4, 32})
    for (const std::int64_t size : {1, 2, 7, 8, 9, 31, 100})
      for (const std::int64_t tile : {1, 2, 5, 8, 16})
        for (const std::int64_t overlap : {0, 1, 2, 4, 7})
          if (overlap < tile)
            all.push_back({.size = size * step, .tile = tile * step, .overlap = overlap * step, .step = step});
  return all;
}

TEST(Tiles, CoverTheImageWithTheOverlapAskedForAtMultiplesOfTheStep) {
  for (const TileAxis& axis : axes()) {
    const std::vector<TileSpan> spans = tile_spans(axis);
    EXPECT_EQ(spans.front().begin, 0);
    EXPECT_EQ(spans.back().end(), axis.size);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      EXPECT_EQ(spans[i].begin % axis.step, 0);
      EXPECT_EQ(spans[i].length, std::min(axis.tile, axis.size));
      EXPECT_EQ(spans[i].weights.size(), static_cast<std::size_t>(spans[i].length));
      if (i == 0) continue;
      EXPECT_GT(spans[i].begin, spans[i - 1].begin);
      EXPECT_GE(spans[i - 1].end() - spans[i].begin, axis.overlap)
          << axis.size << ' ' << axis.tile << ' ' << axis.overlap << ' ' << axis.step;
    }
  }
}

TEST(Tiles, WeightsAddUpToOneEverywhereAndAreNeverNegative) {
  for (const TileAxis& axis : axes()) {
    std::vector<double> sums(static_cast<std::size_t>(axis.size));
    for (const TileSpan& span : tile_spans(axis))
      for (std::int64_t i = 0; i < span.length; ++i) {
        const float weight = span.weights[static_cast<std::size_t>(i)];
        ASSERT_TRUE(weight >= 0 && weight <= 1);
        sums[static_cast<std::size_t>(span.begin + i)] += static_cast<double>(weight);
      }
    for (const double sum : sums) ASSERT_NEAR(sum, 1, 1e-6) << axis.size << ' ' << axis.tile << ' ' << axis.overlap;
  }
}

TEST(Tiles, NothingCountsWithinAQuarterOfTheOverlapOfABorderInsideTheImage) {
  for (const TileSpan& span : tile_spans({.size = 320, .tile = 96, .overlap = 32, .step = 32})) {
    const auto weight = [&](std::int64_t i) { return span.weights[static_cast<std::size_t>(i)]; };
    for (std::int64_t i = 0; i < 8; ++i) {
      EXPECT_EQ(weight(i), span.begin == 0 ? 1.0F : 0.0F);
      EXPECT_EQ(weight(span.length - 1 - i), span.end() == 320 ? 1.0F : 0.0F);
    }
  }
}

TEST(Tiles, BetweenTwoTilesTheWeightsGoOverInAStraightLine) {
  const std::vector<TileSpan> spans = tile_spans({.size = 48, .tile = 32, .overlap = 16, .step = 16});
  ASSERT_EQ(spans.size(), 2U);
  for (std::int64_t i = 0; i < 8; ++i)
    EXPECT_FLOAT_EQ(spans[1].weights[static_cast<std::size_t>(4 + i)], (static_cast<float>(i) + 0.5F) / 8);
}

TEST(Tiles, TheStandardOverlapIsAQuarterOfTheTile) {
  EXPECT_EQ(standard_overlap(512, 32), 128);
  EXPECT_EQ(standard_overlap(160, 32), 64);
  EXPECT_EQ(standard_overlap(64, 32), 32);
  EXPECT_EQ(standard_overlap(32, 32), 0);
}

TEST(Tiles, NumbersThatDoNotGoTogetherAreAProgrammersError) {
  EXPECT_THROW((void)tile_spans({.size = 64, .tile = 32, .overlap = 32, .step = 32}), std::logic_error);
  EXPECT_THROW((void)tile_spans({.size = 65, .tile = 32, .overlap = 0, .step = 32}), std::logic_error);
  EXPECT_THROW((void)tile_spans({.size = 64, .tile = 0, .overlap = 0, .step = 1}), std::logic_error);
}

}  // namespace
}  // namespace seg
