// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/dataset/street/layout_of.h"

namespace seg::street {
namespace {

TEST(Buildings, LineBothSidesAndLeaveTheStreetFree) {
  for (const Street& street : testing::streets(100)) {
    int left = 0, right = 0, backdrops = 0;
    for (const Panel& panel : street.panels) {
      if (panel.material == Material::backdrop) ++backdrops;
      if (panel.material != Material::facade) continue;
      const float across = testing::across(street, panel);
      (across < 0 ? left : right)++;
      ASSERT_GT(std::abs(across), street.road.half_width + street.road.pavement);
    }
    EXPECT_GE(left, 4);
    EXPECT_GE(right, 4);
    EXPECT_EQ(backdrops, 1);
  }
}

TEST(Buildings, ShadowsAreThoseOfTheSunsSideByRisingDistance) {
  for (const Street& street : testing::streets(100)) {
    if (street.light.shadow_side == 0) {
      EXPECT_TRUE(street.shadows.empty());
      continue;
    }
    ASSERT_FALSE(street.shadows.empty());
    for (std::size_t i = 1; i < street.shadows.size(); ++i)
      EXPECT_GT(street.shadows[i].z_end, street.shadows[i - 1].z_end);
  }
}

}  // namespace
}  // namespace seg::street
