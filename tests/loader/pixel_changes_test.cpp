// SPDX-License-Identifier: Apache-2.0
#include "loader/pixel_changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace seg {
namespace {

// A crop of 4 x 6 gray pixels, whose first row and first two columns are padding.
CropPlan padded_plan() {
  CropPlan plan;
  plan.geometry = {.source_height = 3,
                   .source_width = 4,
                   .scaled_height = 3,
                   .scaled_width = 4,
                   .top = -1,
                   .left = -2,
                   .height = 4,
                   .width = 6};
  return plan;
}

bool is_padding(std::size_t i) { return i / 6 == 0 || i % 6 < 2; }

TEST(PixelChanges, APlanWithoutChangesAsksForNone) {
  PixelChanges changes({100}, Rounding::nearest, false);
  changes.prepare(padded_plan());
  EXPECT_FALSE(changes.changes_bands());
  EXPECT_FALSE(changes.changes_crop());
}

TEST(PixelChanges, PaddingIsLeftOut) {
  CropPlan plan = padded_plan();
  plan.jitter.contrast = 0;  // every pixel becomes the pivot
  plan.noise = {.strength = 100000, .first = 1, .second = 2};
  plan.blur = kLargestBlur;
  PixelChanges changes({100}, Rounding::nearest, false);
  changes.prepare(plan);
  EXPECT_TRUE(changes.changes_bands());
  EXPECT_TRUE(changes.changes_crop());
  std::vector<std::uint8_t> crop(24, 7);
  changes.change_band(0, 2, std::span(crop).first(12));
  changes.change_band(2, 2, std::span(crop).subspan(12));
  for (std::size_t i = 0; i < crop.size(); ++i) EXPECT_EQ(crop[i], is_padding(i) ? 7 : 100) << i;
  changes.change_crop(std::span(crop));
  for (std::size_t i = 0; i < crop.size(); ++i) {
    if (is_padding(i)) {
      EXPECT_EQ(crop[i], 7) << i;
    }
  }
  EXPECT_NE(std::ranges::count(crop, 100), 12);  // noise came to the rest
}

TEST(PixelChanges, ColoursOfPaddingChangeIfAskedFor) {
  CropPlan plan = padded_plan();
  plan.jitter.contrast = 0;
  plan.gamma = 2 * kGammaUnit;
  PixelChanges changes({100}, Rounding::nearest, true);
  changes.prepare(plan);
  std::vector<std::uint8_t> crop(24, 7);
  changes.change_band(0, 4, std::span(crop));
  EXPECT_EQ(std::ranges::count(crop, 39), 24);  // 255 (100 / 255)^2 = 39.2
}

}  // namespace
}  // namespace seg
