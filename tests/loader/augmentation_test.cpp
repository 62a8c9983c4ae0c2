// SPDX-License-Identifier: Apache-2.0
#include "loader/augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "image/blur.h"

namespace seg {
namespace {

constexpr std::uint64_t kDraws = 20000;

AugmentationOptions plain(std::int64_t crop) { return {.crop_height = crop, .crop_width = crop}; }

// How often each place of a crop of 10 was drawn, for an image of this size at scale 1.
std::map<std::int64_t, int> places(CropRule rule, std::int64_t size) {
  AugmentationOptions options = plain(10);
  options.crop_rule = rule;
  std::map<std::int64_t, int> counts;
  for (std::uint64_t k = 0; k < kDraws; ++k) ++counts[draw_crop(options, 0, k, size, 10).geometry.top];
  return counts;
}

void expect_uniform(const std::map<std::int64_t, int>& counts, std::int64_t first, std::int64_t last) {
  const auto places = static_cast<std::size_t>(last - first + 1);
  ASSERT_EQ(counts.size(), places);
  EXPECT_EQ(counts.begin()->first, first);
  EXPECT_EQ(counts.rbegin()->first, last);
  const double expected = static_cast<double>(kDraws) / static_cast<double>(places);
  for (const auto& [place, count] : counts) EXPECT_NEAR(count, expected, 5 * std::sqrt(expected)) << place;
}

TEST(Augmentation, PlanIsAFunctionOfSeedSampleAndSize) {
  AugmentationOptions options = plain(32);
  options.scale_high = 2;
  options.flip = 0.5;
  options.brightness = options.contrast = options.saturation = 0.4;
  const CropPlan plan = draw_crop(options, 1, 2, 50, 60);
  EXPECT_EQ(plan, draw_crop(options, 1, 2, 50, 60));
  EXPECT_NE(plan, draw_crop(options, 1, 3, 50, 60));
  EXPECT_NE(plan, draw_crop(options, 2, 2, 50, 60));
  EXPECT_EQ(plan.source, source_window(plan.geometry));
}

TEST(Augmentation, EveryPlaceIsEquallyLikely) {
  expect_uniform(places(CropRule::uniform, 15), 0, 5);
  expect_uniform(places(CropRule::uniform, 7), -3, 0);  // smaller than the crop: places of the image in it
  expect_uniform(places(CropRule::uniform, 10), 0, 0);
}

TEST(Augmentation, ReferenceRuleNeverDrawsTheLastPlaceAndPadsMore) {
  expect_uniform(places(CropRule::reference, 15), 0, 4);
  expect_uniform(places(CropRule::reference, 7), -2, -2);  // gap 3: 2 on both sides make 11, whose last place never is
  expect_uniform(places(CropRule::reference, 6), -3, -2);  // gap 4: 3 on both sides make 12
  expect_uniform(places(CropRule::reference, 10), 0, 0);
}

TEST(Augmentation, ScaledSizeIsTheCeilingOfTheProduct) {
  AugmentationOptions options = plain(4);
  for (const double scale : {0.25, 0.333, 0.75, 1.0, 1.1, 2.0}) {
    options.scale_low = options.scale_high = scale;
    const CropPlan plan = draw_crop(options, 0, 0, 10, 101);
    EXPECT_EQ(plan.scale, scale);
    EXPECT_EQ(plan.geometry.scaled_height, static_cast<std::int64_t>(std::ceil(10 * scale)));
    EXPECT_EQ(plan.geometry.scaled_width, static_cast<std::int64_t>(std::ceil(101 * scale)));
  }
}

TEST(Augmentation, ScalesFlipsAndFactorsFillTheirRanges) {
  AugmentationOptions options = plain(8);
  options.scale_low = 0.5;
  options.scale_high = 2;
  options.flip = 0.3;
  options.flip_vertical = 0.6;
  options.brightness = 0.4;
  options.saturation = 0.1;
  double scale = 0, brightness = 0, flips = 0, vertical = 0;
  double lowest_scale = 9, highest_scale = 0, lowest_factor = 9, highest_factor = 0;
  for (std::uint64_t k = 0; k < kDraws; ++k) {
    const CropPlan plan = draw_crop(options, 0, k, 20, 20);
    const double factor = static_cast<double>(plan.jitter.brightness) / kJitterUnit;
    scale += plan.scale;
    brightness += factor;
    flips += plan.geometry.flip;
    vertical += plan.geometry.flip_vertical;
    lowest_scale = std::min(lowest_scale, plan.scale);
    highest_scale = std::max(highest_scale, plan.scale);
    lowest_factor = std::min(lowest_factor, factor);
    highest_factor = std::max(highest_factor, factor);
    ASSERT_EQ(plan.jitter.contrast, kJitterUnit);
    ASSERT_NEAR(plan.jitter.saturation, kJitterUnit, 0.1 * kJitterUnit + 1);
  }
  EXPECT_NEAR(scale / kDraws, 1.25, 0.02);
  EXPECT_NEAR(brightness / kDraws, 1, 0.01);
  EXPECT_NEAR(flips / kDraws, 0.3, 0.02);
  EXPECT_NEAR(vertical / kDraws, 0.6, 0.02);
  EXPECT_NEAR(lowest_scale, 0.5, 0.01);
  EXPECT_NEAR(highest_scale, 2, 0.01);
  EXPECT_NEAR(lowest_factor, 0.6, 0.01);
  EXPECT_NEAR(highest_factor, 1.4, 0.01);
}

TEST(Augmentation, SwitchingOneOffLeavesTheOthers) {
  AugmentationOptions options = plain(16);
  options.scale_high = 2;
  options.flip = 0.5;
  options.brightness = 0.4;
  AugmentationOptions without_flip = options;
  without_flip.flip = 0;
  for (std::uint64_t k = 0; k < 50; ++k) {
    CropPlan plan = draw_crop(options, 0, k, 30, 40);
    plan.geometry.flip = false;
    ASSERT_EQ(plan, draw_crop(without_flip, 0, k, 30, 40));
  }
}

// Asked for or not, they change nothing of what was drawn before they were there.
TEST(Augmentation, TurnsAndLaterChangesLeaveTheOthers) {
  AugmentationOptions options = plain(16);
  options.scale_high = 2;
  options.flip = options.brightness = 0.4;
  AugmentationOptions more = options;
  more.rot90 = more.blur = 0.5;
  more.gamma = 0.3;
  more.noise = 0.1;
  for (std::uint64_t k = 0; k < 200; ++k) {
    CropPlan plan = draw_crop(more, 0, k, 30, 30);
    const CropPlan before = draw_crop(options, 0, k, 30, 30);
    plan.source = before.source;  // that of a square lies elsewhere
    plan.orientation = {};
    plan.gamma = kGammaUnit;
    plan.blur = 0;
    plan.noise = {};
    ASSERT_EQ(plan, before);
  }
}

TEST(Augmentation, ATurnedImageIsCutAsOneOfItsShape) {
  AugmentationOptions options = plain(16);
  options.crop_width = 24;
  options.rot90 = 1;
  options.scale_high = 2;
  std::map<int, int> counts;
  for (std::uint64_t k = 0; k < kDraws; ++k) {
    const CropPlan plan = draw_crop(options, 0, k, 30, 50);
    ++counts[plan.orientation.number];
    const bool lies = plan.orientation.swaps_sides();
    const CropGeometry& g = plan.geometry;
    ASSERT_EQ(g.source_height, lies ? 50 : 30);
    ASSERT_EQ(g.source_width, lies ? 30 : 50);
    ASSERT_EQ(g.height, 16);
    ASSERT_EQ(g.width, 24);
    const Window upright = source_window(g);
    ASSERT_EQ(plan.source.height, lies ? upright.width : upright.height);
    ASSERT_TRUE(plan.source.within(30, 50));
  }
  ASSERT_EQ(counts.size(), 3U);
  for (const int number : {3, 6, 8}) EXPECT_NEAR(counts[number], kDraws / 3, 400) << number;
}

TEST(Augmentation, GammaBlurAndNoiseFillTheirRanges) {
  AugmentationOptions options = plain(8);
  options.rot90 = 0.4;
  options.gamma = 0.5;
  options.blur = 0.3;
  options.noise = 0.1;
  std::int32_t lowest = 1 << 20, highest = 0, most_blur = 0, most_noise = 0;
  int turned = 0, blurred = 0, darker = 0;
  for (std::uint64_t k = 0; k < kDraws; ++k) {
    const CropPlan plan = draw_crop(options, 0, k, 20, 20);
    turned += plan.orientation.is_upright() ? 0 : 1;
    blurred += plan.blur > 0 ? 1 : 0;
    darker += plan.gamma > kGammaUnit ? 1 : 0;
    lowest = std::min(lowest, plan.gamma);
    highest = std::max(highest, plan.gamma);
    most_blur = std::max(most_blur, plan.blur);
    most_noise = std::max(most_noise, plan.noise.strength);
  }
  EXPECT_NEAR(turned, 0.4 * kDraws, 400);
  EXPECT_NEAR(blurred, 0.3 * kDraws, 400);
  EXPECT_NEAR(darker, 0.5 * kDraws, 400);
  EXPECT_NEAR(lowest, kGammaUnit / 1.5, 20);
  EXPECT_NEAR(highest, kGammaUnit * 1.5, 20);
  EXPECT_EQ(most_blur, kLargestBlur);
  EXPECT_NEAR(most_noise, noise_strength(0.1), 20);
}

// A plan that was drawn once is drawn for ever: runs are repeated and resumed with later versions.
TEST(Augmentation, PlansAreThoseOfTheFirstVersion) {
  AugmentationOptions options = plain(512);
  options.crop_width = 1024;
  options.scale_low = 0.25;
  options.scale_high = 2;
  options.flip = options.flip_vertical = 0.5;
  options.brightness = options.contrast = options.saturation = 0.4;
  EXPECT_EQ(to_text(draw_crop(options, 3, 1000, 1024, 2048)),
            "1024x2048 scaled by 1.730995 to 1773x3546, crop 512x1024 at (358, 1591), upside down"
            ", source 297x593 at (206, 918), jitter 16118 9936 20203");
  options.crop_rule = CropRule::reference;
  EXPECT_EQ(to_text(draw_crop(options, 3, 1001, 1024, 2048)),
            "1024x2048 scaled by 1.163768 to 1192x2384, crop 512x1024 at (267, 1090)"
            ", source 441x881 at (229, 936), jitter 12782 12065 22515");
  EXPECT_EQ(draw_crop(options, 3, 1001, 1024, 2048).place_key, 9353713686541645867U);
  options.rot90 = options.blur = 1;
  options.gamma = 0.5;
  options.noise = 0.1;
  EXPECT_EQ(to_text(draw_crop(options, 3, 1001, 1024, 2048)),
            "1024x2048 (orientation 3) scaled by 1.163768 to 1192x2384, crop 512x1024 at (267, 1090)"
            ", source 441x881 at (354, 231), jitter 12782 12065 22515, gamma 18658, blur 45, noise 651");
}

}  // namespace
}  // namespace seg
