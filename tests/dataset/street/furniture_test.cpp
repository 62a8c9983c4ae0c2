// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/dataset/street/layout_of.h"

namespace seg::street {
namespace {

TEST(Furniture, StandsBesideTheRoad) {
  std::size_t lamps = 0, signs = 0, trees = 0;
  for (const Street& street : testing::streets(100))
    for (const Panel& panel : street.panels) {
      const float across = std::abs(testing::across(street, panel));
      const float kerb = street.road.half_width;
      switch (panel.material) {
        case Material::lamp_post: ++lamps; break;  // the arm reaches over the road
        case Material::sign_post:
          ++signs;
          ASSERT_GT(across, kerb);
          break;
        case Material::crown:
          ++trees;
          ASSERT_GT(across, kerb);
          break;
        case Material::railing:
        case Material::planks:
        case Material::hedge: ASSERT_GT(across, kerb); break;
        case Material::bin: ASSERT_GT(across, kerb); break;
        default: break;
      }
    }
  EXPECT_GT(lamps, 300u);
  EXPECT_GT(signs, 200u);
  EXPECT_GT(trees, 300u);
}

TEST(Furniture, TrafficLightsStandOnlyAtCrossings) {
  for (const Street& street : testing::streets(100))
    for (const Panel& panel : street.panels)
      if (panel.material == Material::traffic_light) {
        EXPECT_GT(street.road.crossing, 0);
        EXPECT_NEAR(panel.za, street.road.crossing, 1);
      }
}

}  // namespace
}  // namespace seg::street
