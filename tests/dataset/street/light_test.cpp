// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/dataset/street/layout_of.h"

namespace seg::street {
namespace {

TEST(Light, ShadowsFallOnlyInSunshine) {
  int sunny = 0, dusky = 0;
  for (const Street& street : testing::streets(200)) {
    const Light& light = street.light;
    for (const float factor : {light.front.r, light.left.g, light.right.b, light.above.r}) EXPECT_GT(factor, 0.3F);
    for (const float factor : {light.front.r, light.left.g, light.right.b, light.above.r}) EXPECT_LT(factor, 1.6F);
    if (light.shadow_reach > 0) {
      ++sunny;
      EXPECT_LT(light.shadow.r, 1);
      // The side that throws the shadow stands in it: the other one is bright.
      EXPECT_GT(light.shadow_side > 0 ? light.left.g : light.right.g,
                light.shadow_side > 0 ? light.right.g : light.left.g);
    } else {
      EXPECT_EQ(light.shadow.g, 1);
      EXPECT_EQ(light.shadow_side, 0);
    }
    if (light.lamps_on) {
      ++dusky;
      EXPECT_EQ(light.shadow_reach, 0);
    }
  }
  EXPECT_GT(sunny, 80);
  EXPECT_LT(sunny, 180);
  EXPECT_GT(dusky, 5);
  EXPECT_LT(dusky, 40);
}

}  // namespace
}  // namespace seg::street
