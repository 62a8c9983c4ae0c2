// SPDX-License-Identifier: Apache-2.0
#include "loader/crop_place.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace seg {
namespace {

constexpr std::uint8_t kIgnored = 255;
constexpr std::uint64_t kDraws = 4000;

AugmentationOptions options_with(double foreground) {
  AugmentationOptions options{.crop_height = 16, .crop_width = 24};
  options.foreground_crops = foreground;
  return options;
}

// 60 x 80 pixels of class 0, a corner that is ignored, 30 pixels of class 1 and 10 of class 2.
LabelMap street() {
  LabelMap labels(60, 80);
  std::ranges::fill(labels.values(), std::uint8_t{0});
  for (std::int64_t y = 0; y < 20; ++y) std::fill_n(labels.row(y).begin(), 20, kIgnored);
  for (std::int64_t y = 30; y < 33; ++y) std::fill_n(labels.row(y).begin() + 40, 10, std::uint8_t{1});
  std::fill_n(labels.row(57).begin() + 5, 10, std::uint8_t{2});
  return labels;
}

bool shows(const CropGeometry& g, double y, double x) {
  const double scaled_y = (y + 0.5) * static_cast<double>(g.scaled_height) / static_cast<double>(g.source_height);
  const double scaled_x = (x + 0.5) * static_cast<double>(g.scaled_width) / static_cast<double>(g.source_width);
  return scaled_y >= static_cast<double>(g.top) && scaled_y <= static_cast<double>(g.top + g.height) &&
         scaled_x >= static_cast<double>(g.left) && scaled_x <= static_cast<double>(g.left + g.width);
}

TEST(CropPlace, WithoutForegroundTheFirstAttemptIsThePlansOwn) {
  const AugmentationOptions options = options_with(0);
  const LabelMap labels = street();
  CropPlace place(options, kIgnored);
  place.look_at(labels);
  int moved = 0;
  for (std::uint64_t k = 0; k < 50; ++k) {
    const CropPlan plan = draw_crop(options, 1, k, 60, 80);
    EXPECT_EQ(place.at(plan, 0), plan);
    moved += place.at(plan, 1) == plan ? 0 : 1;
    EXPECT_EQ(place.at(plan, 1), place.at(plan, 1));
  }
  EXPECT_GT(moved, 45);
}

TEST(CropPlace, ClassesAreDrawnInInverseProportionToTheirPixels) {
  const AugmentationOptions options = options_with(1);
  const LabelMap labels = street();
  CropPlace place(options, kIgnored);
  place.look_at(labels);
  double near_first = 0, near_second = 0;
  for (std::uint64_t k = 0; k < kDraws; ++k) {
    const CropPlan moved = place.at(draw_crop(options, 1, k, 60, 80), 0);
    const CropGeometry& g = moved.geometry;
    ASSERT_GE(g.top, 0);
    ASSERT_GE(g.left, 0);
    ASSERT_LE(g.top + g.height, g.scaled_height);
    ASSERT_LE(g.left + g.width, g.scaled_width);
    ASSERT_EQ(moved.source, source_window(g));
    // No crop can show some of both: they are too far apart.
    near_first += shows(g, 31, 44.5) ? 1 : 0;
    near_second += shows(g, 57, 9.5) ? 1 : 0;
  }
  // Weights 1/30, 1/10 and 1/4360, the last of which may lie anywhere.
  EXPECT_NEAR(near_first / kDraws, 0.25, 0.03);
  EXPECT_NEAR(near_second / kDraws, 0.75, 0.03);
}

TEST(CropPlace, PixelsOfAClassAreEquallyLikelyAndLieInTheMiddleHalf) {
  AugmentationOptions options = options_with(1);
  options.crop_height = options.crop_width = 8;
  LabelMap labels(40, 40);
  std::ranges::fill(labels.values(), kIgnored);
  for (const auto& [y, x] : {std::pair{20, 10}, {20, 30}, {12, 20}}) labels.row(y)[static_cast<std::size_t>(x)] = 3;
  CropPlace place(options, kIgnored);
  place.look_at(labels);
  std::map<std::pair<std::int64_t, std::int64_t>, int> counts;
  std::map<std::int64_t, int> places;
  for (std::uint64_t k = 0; k < kDraws; ++k) {
    const CropGeometry g = place.at(draw_crop(options, 1, k, 40, 40), 0).geometry;
    for (const auto& [y, x] : {std::pair{20, 10}, {20, 30}, {12, 20}}) {
      if (!shows(g, y, x)) continue;
      ++counts[{y, x}];
      ++places[y - g.top];
    }
  }
  ASSERT_EQ(counts.size(), 3U);
  for (const auto& [pixel, count] : counts) EXPECT_NEAR(count, kDraws / 3.0, 150) << pixel.first << ' ' << pixel.second;
  ASSERT_EQ(places.size(), 5U);  // 4 -+ 2
  EXPECT_EQ(places.begin()->first, 2);
  for (const auto& [distance, count] : places) EXPECT_NEAR(count, kDraws / 5.0, 150) << distance;
}

TEST(CropPlace, AnImageWithoutLabelsKeepsThePlansPlace) {
  const AugmentationOptions options = options_with(1);
  LabelMap labels(60, 80);
  std::ranges::fill(labels.values(), kIgnored);
  CropPlace place(options, kIgnored);
  place.look_at(labels);
  const CropPlan plan = draw_crop(options, 1, 5, 60, 80);
  EXPECT_EQ(place.at(plan, 0), plan);
}

TEST(CropPlace, AnImageSmallerThanTheCropLiesWithinIt) {
  AugmentationOptions options = options_with(1);
  options.crop_height = options.crop_width = 100;
  const LabelMap labels = street();
  CropPlace place(options, kIgnored);
  place.look_at(labels);
  for (std::uint64_t k = 0; k < 200; ++k) {
    const CropGeometry g = place.at(draw_crop(options, 1, k, 60, 80), 0).geometry;
    ASSERT_LE(g.top, 0);
    ASSERT_GE(g.top, 60 - 100);
    ASSERT_LE(g.left, 0);
    ASSERT_GE(g.left, 80 - 100);
  }
}

TEST(CropPlace, LargestShareLeavesOutWhatIsIgnored) {
  LabelHistogram labels{};
  labels[1] = 30;
  labels[2] = 10;
  labels[kIgnored] = 500;
  EXPECT_EQ(largest_share(labels, kIgnored), 0.75);
  EXPECT_EQ(largest_share(labels, 1), 500.0 / 510);
  EXPECT_EQ(largest_share(LabelHistogram{}, kIgnored), 1);
}

}  // namespace
}  // namespace seg
