// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/street.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace seg::street {
namespace {

// Stands for all numbers of a street.
std::uint64_t digest(const Street& street) {
  std::uint64_t hash = 14695981039346656037U;
  const auto add = [&](float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    hash = (hash ^ bits) * 1099511628211U;
  };
  add(street.camera.height);
  add(street.road.half_width);
  add(street.light.above.g);
  for (const Panel& panel : street.panels)
    for (const float value : {panel.xa, panel.za, panel.xb, panel.zb, panel.top, panel.main.r, panel.size[0],
                              static_cast<float>(panel.seed % 65536)})
      add(value);
  return hash;
}

TEST(Street, IsAPureFunctionOfSeedAndNumber) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t number = 0; number < 50; ++number) {
    EXPECT_EQ(digest(make_street(0, number)), digest(make_street(0, number)));
    seen.insert(digest(make_street(0, number)));
    seen.insert(digest(make_street(1, number)));
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(Street, NumbersAreFiniteAndNothingStandsBehindTheCamera) {
  for (std::uint64_t number = 0; number < 300; ++number) {
    const Street street = make_street(0, number);
    for (const Panel& panel : street.panels) {
      ASSERT_TRUE(std::isfinite(panel.xa + panel.xb + panel.top + panel.main.r + panel.light.g));
      ASSERT_GE(std::min(panel.za, panel.zb), 1.5F);
      ASSERT_GT(panel.top, panel.bottom);
      ASSERT_GT(panel.length(), 0);
    }
  }
}

TEST(Street, NearPanelsComeFirst) {
  const Street street = make_street(0, 3);
  for (std::size_t i = 1; i < street.panels.size(); ++i)
    EXPECT_LE(std::min(street.panels[i - 1].za, street.panels[i - 1].zb),
              std::min(street.panels[i].za, street.panels[i].zb));
}

TEST(Street, EverythingThatCanStandInAStreetDoesSomewhere) {
  std::set<Material> seen;
  for (std::uint64_t number = 0; number < 200; ++number)
    for (const Panel& panel : make_street(0, number).panels) seen.insert(panel.material);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(Material::cone) + 1);
}

TEST(Street, RoadsLieLeftAndRightStraightAndBent) {
  int left = 0, bent = 0;
  for (std::uint64_t number = 0; number < 100; ++number) {
    const Road road = make_street(0, number).road;
    left += road.x < 0 ? 1 : 0;
    bent += road.bend != 0 ? 1 : 0;
    EXPECT_LT(std::abs(road.center(0)), road.half_width);  // the camera drives on the road
  }
  EXPECT_NEAR(left, 50, 20);
  EXPECT_NEAR(bent, 60, 20);
}

}  // namespace
}  // namespace seg::street
