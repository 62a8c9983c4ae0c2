// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "tests/metrics/label_maps.h"

namespace seg {
namespace {

using testing::map_of;
using testing::random_map;

BoundaryScores scores(const std::vector<double>& radii = {1}) {
  return {3, testing::kIgnored, {.trimap_radii = radii}};
}

TEST(RunningMean, IsOfWhatHasAValue) {
  RunningMean mean;
  EXPECT_TRUE(std::isnan(mean.mean()));
  mean.add(0.5);
  mean.add(std::nan(""));
  mean.add(1);
  EXPECT_EQ(mean.mean(), 0.75);
}

TEST(BoundaryScores, AreSumsOverImages) {
  BoundaryScores both = scores();
  const testing::RandomMap shape{.height = 20, .width = 33, .num_classes = 3, .ignored_percent = 10, .block = 6};
  BoundaryCounts sum;
  for (std::uint64_t image = 0; image < 3; ++image)
    sum += both.count(random_map(shape, image), random_map({20, 33, 3, 0, 5}, image + 20));
  BoundaryCounts one = scores().count(random_map(shape, 0), random_map({20, 33, 3, 0, 5}, 20));
  BoundaryCounts two = scores().count(random_map(shape, 1), random_map({20, 33, 3, 0, 5}, 21));
  BoundaryCounts three = scores().count(random_map(shape, 2), random_map({20, 33, 3, 0, 5}, 22));
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(sum.bands[k].hit, one.bands[k].hit + two.bands[k].hit + three.bands[k].hit);
    EXPECT_EQ(sum.f1[k].count, 3);
    EXPECT_DOUBLE_EQ(sum.f1[k].sum, one.f1[k].sum + two.f1[k].sum + three.f1[k].sum);
  }
  EXPECT_DOUBLE_EQ(metrics_of(sum, AbsentClass::leave_out).mean_f1,
                   (one.f1_of_images.sum + two.f1_of_images.sum + three.f1_of_images.sum) / 3);
  EXPECT_EQ(sum.trimaps[0].total(), one.trimaps[0].total() + two.trimaps[0].total() + three.trimaps[0].total());
  EXPECT_THROW(sum += scores({1, 2}).count(random_map(shape, 0), random_map(shape, 0)), std::logic_error);
}

TEST(BoundaryScores, OfAPerfectPredictionAreOneWhereThereIsABoundary) {
  const LabelMap labels = map_of({"000111", "000111", "0..111"});
  const BoundaryMetrics metrics = metrics_of(scores().count(labels, labels), AbsentClass::leave_out);
  EXPECT_EQ(metrics.iou[0], 1);
  EXPECT_EQ(metrics.f1[1], 1);
  EXPECT_TRUE(std::isnan(metrics.iou[2]));
  EXPECT_TRUE(std::isnan(metrics.f1[2]));
  EXPECT_EQ(metrics.miou, 1);
  EXPECT_EQ(metrics.mean_f1, 1);
  EXPECT_EQ(metrics.trimaps[0].miou, 1);
}

TEST(BoundaryScores, WhatIsPredictedOnIgnoredPixelsDoesNotMatter) {
  const LabelMap labels = map_of({"00..11", "00..11", "001111", "001111"});
  const LabelMap some = map_of({"000011", "000011", "000111", "000111"});
  const LabelMap other = map_of({"002211", "001011", "000111", "000111"});
  const BoundaryMetrics a = metrics_of(scores().count(labels, some), AbsentClass::zero);
  const BoundaryMetrics b = metrics_of(scores().count(labels, other), AbsentClass::zero);
  EXPECT_EQ(a.iou, b.iou);
  EXPECT_EQ(a.mean_f1, b.mean_f1);
  EXPECT_EQ(a.trimaps[0].iou, b.trimaps[0].iou);
}

TEST(BoundaryScores, WithoutABoundaryThereIsNoF1ButTheFrameIsABand) {
  const LabelMap one = map_of({"0"}), wrong = map_of({"1"});
  const BoundaryMetrics right = metrics_of(scores().count(one, one), AbsentClass::leave_out);
  EXPECT_EQ(right.miou, 1);
  EXPECT_TRUE(std::isnan(right.mean_f1));
  EXPECT_TRUE(std::isnan(right.trimaps[0].miou));
  EXPECT_EQ(metrics_of(scores().count(one, wrong), AbsentClass::leave_out).miou, 0);
}

TEST(BoundaryScores, OfIgnoredPixelsAloneHaveNoValue) {
  const BoundaryMetrics metrics =
      metrics_of(scores().count(map_of({"..", ".."}), map_of({"01", "21"})), AbsentClass::leave_out);
  EXPECT_TRUE(std::isnan(metrics.miou));
  EXPECT_TRUE(std::isnan(metrics.mean_f1));
  EXPECT_TRUE(std::isnan(metrics.trimaps[0].miou));
}

TEST(BoundaryScores, TheRuleForAbsentClassesHoldsForIouAndTrimaps) {
  const LabelMap labels = map_of({"0001", "0001"});
  const BoundaryCounts counts = scores().count(labels, labels);
  const BoundaryMetrics metrics = metrics_of(counts, AbsentClass::zero);
  EXPECT_DOUBLE_EQ(metrics.miou, 2.0 / 3);
  EXPECT_DOUBLE_EQ(metrics.trimaps[0].miou, 2.0 / 3);
  EXPECT_EQ(metrics.mean_f1, 1);  // of the classes that have a boundary
}

}  // namespace
}  // namespace seg
