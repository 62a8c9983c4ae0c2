// SPDX-License-Identifier: Apache-2.0
#include "training/boundary_settings.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(BoundarySettings, BatchesCarryDistancesWhereTheStepReadsThem) {
  Config config;
  config.boundaries.distance_map_radius = 9;
  config.boundaries.distance_map = "online";
  EXPECT_FALSE(distance_options(config).in_batch);
  EXPECT_EQ(distance_options(config).radius, 9);
  config.boundaries.boundary_weight = 2;
  EXPECT_TRUE(distance_options(config).in_batch);
  config.boundaries.boundary_weight = 0;
  config.boundaries.distance_head = true;
  EXPECT_TRUE(distance_options(config).in_batch);
}

TEST(BoundarySettings, SayWhichKeysNeedDistances) {
  Config config;
  EXPECT_EQ(needs_distances(config), std::nullopt);
  config.boundaries.point_source = "boundary";  // nobody looks at points
  EXPECT_EQ(needs_distances(config), std::nullopt);
  config.model.point_rend = true;
  EXPECT_EQ(needs_distances(config), "point_source");
  EXPECT_FALSE(distance_options(config).in_batch);  // the loader alone has them
  config.boundaries.boundary_weight = 2;
  config.boundaries.distance_head = true;
  EXPECT_EQ(needs_distances(config), "boundary_weight, distance_head, point_source");
}

TEST(BoundarySettings, TheCacheKeepsDistancesWhereSomethingNeedsThem) {
  Config config;
  config.boundaries.distance_map = "cache";
  EXPECT_TRUE(distance_options(config).of_whole_labels);
  EXPECT_FALSE(keeps_distances(config));
  config.boundaries.boundary_weight = 1;
  EXPECT_TRUE(keeps_distances(config));
  config.boundaries.distance_map = "online";
  EXPECT_FALSE(keeps_distances(config));
  EXPECT_FALSE(distance_options(config).of_whole_labels);
}

TEST(BoundarySettings, TheHeadsLossIsTheConfigs) {
  BoundariesConfig config{.distance_head_weight = 0.5, .distance_head_limit = 12};
  EXPECT_FALSE(distance_loss(config, 11).has_value());
  config.distance_head = true;
  const auto loss = distance_loss(config, 11);
  ASSERT_TRUE(loss.has_value());
  EXPECT_EQ(loss->kind, LossKind::distance);
  EXPECT_EQ(loss->ignore_label, 11);
  EXPECT_EQ(loss->distance_limit, 12);
  EXPECT_EQ(loss->weight, 0.5);
}

}  // namespace
}  // namespace seg
