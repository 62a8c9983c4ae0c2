// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/dataset/street/layout_of.h"

namespace seg::street {
namespace {

TEST(Traffic, CarsDriveOnTheRoadAndPeopleWalkMostlyBesideIt) {
  int cars = 0, walkers = 0, on_road = 0, bikes = 0;
  for (const Street& street : testing::streets(100))
    for (const Panel& panel : street.panels) {
      const float across = std::abs(testing::across(street, panel));
      switch (panel.material) {
        case Material::car_end:
          ++cars;
          ASSERT_LT(across, street.road.half_width);
          break;
        case Material::walker:
          ++walkers;
          on_road += across < street.road.half_width ? 1 : 0;
          ASSERT_LT(across, street.road.half_width + street.road.pavement + 1);
          break;
        case Material::rider:
          ++bikes;
          ASSERT_LT(across, street.road.half_width);
          break;
        default: break;
      }
    }
  EXPECT_GT(cars, 200);
  EXPECT_GT(walkers, 300);
  EXPECT_GT(bikes, 80);
  EXPECT_LT(on_road, walkers / 3);
}

TEST(Traffic, EveryCarHasAFlankAndAShadow) {
  for (const Street& street : testing::streets(50)) {
    std::size_t ends = 0, flanks = 0;
    for (const Panel& panel : street.panels) {
      ends += panel.material == Material::car_end ? 1 : 0;
      flanks += panel.material == Material::car_side ? 1 : 0;
    }
    EXPECT_EQ(ends, flanks);
    EXPECT_GE(street.stains.size(), 2 * ends);
  }
}

TEST(Traffic, NobodyParksOnACrossing) {
  for (const Street& street : testing::streets(200)) {
    if (street.road.crossing < 0) continue;
    for (const Panel& panel : street.panels) {
      if (panel.material != Material::car_side) continue;
      const float middle = std::abs(testing::across(street, panel));
      const bool parked = middle > street.road.half_width - 2.4F && street.road.half_width >= 4;
      if (parked && std::abs(middle - street.road.half_width * 0.42F) > 1.6F) {
        EXPECT_FALSE(panel.za < street.road.crossing + 2.8F && panel.zb > street.road.crossing);
      }
    }
  }
}

}  // namespace
}  // namespace seg::street
