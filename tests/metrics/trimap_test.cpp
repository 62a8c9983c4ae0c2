// SPDX-License-Identifier: Apache-2.0
#include "metrics/trimap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/metrics/label_maps.h"

namespace seg {
namespace {

using testing::is_boundary;
using testing::map_of;
using testing::random_map;
using testing::shapes_of_maps;

std::vector<ConfusionMatrix> counted(const LabelMap& labels, const LabelMap& predictions,
                                     const std::vector<double>& radii) {
  return Trimap(4, testing::kIgnored, radii).count(labels, predictions);
}

bool is_near_boundary(const LabelMap& labels, std::int64_t y, std::int64_t x, double radius) {
  for (std::int64_t v = 0; v < labels.height(); ++v)
    for (std::int64_t u = 0; u < labels.width(); ++u)
      if (static_cast<double>((v - y) * (v - y) + (u - x) * (u - x)) <= radius * radius &&
          is_boundary(labels, labels, v, u))
        return true;
  return false;
}

TEST(Trimap, CountsPixelsNearTheBoundariesOfLabels) {
  const LabelMap labels = map_of({"00000111"}), predictions = map_of({"10011111"});
  const auto matrices = counted(labels, predictions, {0, 1, 9});
  EXPECT_EQ(matrices[0].total(), 2);  // the boundary's own pixels, of which one is wrong
  EXPECT_EQ(matrices[0].count(0, 1), 1);
  EXPECT_EQ(matrices[0].count(1, 1), 1);
  EXPECT_EQ(matrices[1].total(), 4);
  EXPECT_EQ(matrices[1].count(0, 1), 2);
  EXPECT_EQ(matrices[2].total(), 8);
  EXPECT_EQ(matrices[2].count(0, 1), 3);
}

TEST(Trimap, EqualsWhatDistancesShow) {
  const std::vector<double> radii = {0, 1, 1.5, 3, 8};
  for (const testing::RandomMap& shape : shapes_of_maps()) {
    const LabelMap labels = random_map(shape, 6), predictions = random_map({shape.height, shape.width, 4}, 7);
    const auto matrices = counted(labels, predictions, radii);
    for (std::size_t i = 0; i < radii.size(); ++i) {
      std::vector<std::int64_t> expected(16), found;
      for (std::int64_t y = 0; y < shape.height; ++y)
        for (std::int64_t x = 0; x < shape.width; ++x) {
          const std::uint8_t label = labels.row(y)[static_cast<std::size_t>(x)];
          if (label == testing::kIgnored || !is_near_boundary(labels, y, x, radii[i])) continue;
          ++expected[std::size_t{4} * label + predictions.row(y)[static_cast<std::size_t>(x)]];
        }
      for (std::int64_t label = 0; label < 4; ++label)
        for (std::int64_t k = 0; k < 4; ++k) found.push_back(matrices[i].count(label, k));
      EXPECT_EQ(found, expected) << shape.height << " x " << shape.width << ", radius " << radii[i];
    }
  }
}

TEST(Trimap, WithoutABoundaryThereIsNone) {
  for (const LabelMap& labels : {map_of({"000", "000"}), map_of({"...", "..."}), map_of({"0.1", "0.1"})})
    for (const ConfusionMatrix& matrix : counted(labels, map_of({"012", "012"}), {1, 5})) EXPECT_EQ(matrix.total(), 0);
}

TEST(Trimap, AnyLabelMayBeTheIgnoredOne) {
  const LabelMap labels = map_of({"00122"}), predictions = map_of({"00000"});
  const auto matrix = Trimap(3, 1, {9}).count(labels, predictions)[0];  // no boundary without the label 1
  EXPECT_EQ(matrix.total(), 0);
  EXPECT_EQ(Trimap(3, 2, {9}).count(labels, predictions)[0].total(), 3);
}

TEST(Trimap, OfTheLargestRadiusIsNearlyEverything) {
  LabelMap labels(1, 600), predictions(1, 600);
  std::ranges::fill(labels.values(), std::uint8_t{0});
  std::ranges::fill(predictions.values(), std::uint8_t{0});
  labels.values()[0] = 1;
  const auto matrix = Trimap(2, 255, {Trimap::kLargestRadius}).count(labels, predictions)[0];
  EXPECT_EQ(matrix.total(), 256);  // the boundary is pixels 0 and 1
}

TEST(Trimap, RadiiGrow) {
  EXPECT_THROW(Trimap(4, 255, {1, 1}), std::logic_error);
  EXPECT_THROW(Trimap(4, 255, {-1}), std::logic_error);
  EXPECT_THROW(Trimap(4, 255, {1, 255}), std::logic_error);
  EXPECT_TRUE(counted(map_of({"01"}), map_of({"01"}), {}).empty());
}

}  // namespace
}  // namespace seg
