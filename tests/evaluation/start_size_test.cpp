// SPDX-License-Identifier: Apache-2.0
#include "evaluation/start_size.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(StartSize, TheFirstThatIsSetCounts) {
  const StartSize all{.shape = PixelExtent{30, 40}, .short_side = 10, .long_side = 20};
  EXPECT_EQ(start_extent(all, {100, 200}), (PixelExtent{30, 40}));
  EXPECT_EQ(start_extent({.short_side = 10, .long_side = 5}, {100, 200}), (PixelExtent{10, 20}));
  EXPECT_EQ(start_extent({}, {100, 200}), (PixelExtent{100, 200}));
}

TEST(StartSize, KeepsTheRatioCutToWholePixels) {
  EXPECT_EQ(start_extent({.short_side = 512}, {375, 500}), (PixelExtent{512, 682}));
  EXPECT_EQ(start_extent({.short_side = 512}, {500, 375}), (PixelExtent{682, 512}));
  EXPECT_EQ(start_extent({.short_side = 64}, {100, 100}), (PixelExtent{64, 64}));
  EXPECT_EQ(start_extent({.long_side = 100}, {400, 300}), (PixelExtent{100, 75}));
  EXPECT_EQ(start_extent({.long_side = 100}, {1, 3000}), (PixelExtent{1, 100}));
}

TEST(StartSize, ALongSideIsABoundOnly) {
  EXPECT_EQ(start_extent({.long_side = 1000}, {400, 300}), (PixelExtent{400, 300}));
}

TEST(StartSize, ScalesAreCutToWholePixelsOfAtLeastOne) {
  EXPECT_EQ(scaled_extent({101, 50}, 0.5), (PixelExtent{50, 25}));
  EXPECT_EQ(scaled_extent({1, 3}, 0.5), (PixelExtent{1, 1}));
  EXPECT_EQ(scaled_extent({7, 9}, 1.75), (PixelExtent{12, 15}));
}

}  // namespace
}  // namespace seg
