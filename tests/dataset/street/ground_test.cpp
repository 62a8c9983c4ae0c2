// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/ground.h"

#include <gtest/gtest.h>

namespace seg::street {
namespace {

Street plain() {
  Street street;
  street.road.asphalt = {90, 90, 90};
  street.road.paving = {150, 150, 150};
  street.road.half_width = 4;
  street.road.pavement = 2;
  street.road.verge = 2;
  street.light.above = {1, 1, 1};
  street.light.shadow = {0.5F, 0.5F, 0.5F};
  street.light.sky_top = {60, 120, 200};
  street.light.sky_horizon = {180, 200, 230};
  return street;
}

TEST(Ground, ClassesFollowTheDistanceFromTheRoadsMiddle) {
  Street street = plain();
  const GroundRow row = Ground(street).row_at(10, 0.02F, 0.1F);
  EXPECT_EQ(Ground(street).class_at(row, 0), Class::road);
  EXPECT_EQ(Ground(street).class_at(row, -3.9F), Class::road);
  EXPECT_EQ(Ground(street).class_at(row, 4.1F), Class::pavement);
  EXPECT_EQ(Ground(street).class_at(row, 7), Class::pavement);
  street.road.grass = true;
  EXPECT_EQ(Ground(street).class_at(row, 7), Class::tree);
  EXPECT_EQ(Ground(street).class_at(row, -5), Class::pavement);
}

TEST(Ground, TheRoadBends) {
  Street street = plain();
  street.road.bend = 0.01F;
  const Ground ground(street);
  EXPECT_EQ(ground.class_at(ground.row_at(30, 0.1F, 1), 9), Class::road);
  EXPECT_EQ(ground.class_at(ground.row_at(30, 0.1F, 1), 0), Class::pavement);
}

TEST(Ground, LinesAreBrighterThanAsphaltAndAveragedWhereTheyAreSmall) {
  Street street = plain();
  street.road.patches = 0;
  const Ground ground(street);
  const GroundRow near = ground.row_at(4, 0.01F, 0.02F), far = ground.row_at(4, 1.0F, 0.02F);
  ASSERT_GT(near.dash, 0.9F);
  const float line = ground.color_at(near, Class::road, 0).g, beside = ground.color_at(near, Class::road, 1).g;
  const float blurred = ground.color_at(far, Class::road, 0).g;
  EXPECT_GT(line, beside + 30);
  EXPECT_LT(blurred, line);
  EXPECT_GT(blurred, beside);
}

TEST(Ground, BuildingsThrowTheirShadowFromTheirLine) {
  Street street = plain();
  street.light.shadow_side = 1;
  street.shadows = {{.z_end = 20, .reach = 5}, {.z_end = 30, .reach = 0}};
  const Ground ground(street);
  const GroundRow shaded = ground.row_at(10, 0.02F, 0.1F), open = ground.row_at(25, 0.02F, 0.1F);
  EXPECT_EQ(shaded.shadow, 5);
  EXPECT_EQ(open.shadow, 0);
  street.road.patches = 0;
  const float dark = ground.color_at(shaded, Class::road, 3.5F).g, bright = ground.color_at(shaded, Class::road, -3).g;
  EXPECT_LT(dark, 0.7F * bright);
}

TEST(Sky, IsBluerAboveThanAtTheHorizon) {
  Street street = plain();
  street.light.cloudiness = 0;
  EXPECT_LT(sky_color(street, 0, 0.5F).r, sky_color(street, 0, 0.01F).r);
}

}  // namespace
}  // namespace seg::street
