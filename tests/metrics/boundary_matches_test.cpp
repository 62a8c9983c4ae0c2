// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_matches.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/metrics/label_maps.h"

namespace seg {
namespace {

using testing::class_at;
using testing::is_boundary;
using testing::map_of;
using testing::random_map;
using testing::runs_of;
using testing::shapes_of_maps;

std::vector<BoundaryMatch> matched(const LabelMap& labels, const LabelMap& predictions, double share) {
  BoundaryMatcher matcher(4, share);
  return matcher.match(runs_of(labels, labels), runs_of(predictions, labels), labels.height(), labels.width());
}

// Every pixel of one boundary with every pixel of the other.
std::vector<BoundaryMatch> matched_by_pairs(const LabelMap& labels, const LabelMap& predictions, double share) {
  const double limit =
      share * share * static_cast<double>(labels.height() * labels.height() + labels.width() * labels.width());
  struct Place {
    std::int64_t y, x;
  };
  const auto boundary = [&](const LabelMap& classes, int k) {
    std::vector<Place> places;
    for (std::int64_t y = 0; y < labels.height(); ++y)
      for (std::int64_t x = 0; x < labels.width(); ++x)
        if (class_at(classes, labels, y, x) == k && is_boundary(classes, labels, y, x)) places.push_back({y, x});
    return places;
  };
  const auto near = [&](const std::vector<Place>& places, const std::vector<Place>& others) {
    std::int64_t count = 0;
    for (const Place& place : places)
      for (const Place& other : others) {
        const std::int64_t dy = place.y - other.y, dx = place.x - other.x;
        if (static_cast<double>(dy * dy + dx * dx) > limit) continue;
        ++count;
        break;
      }
    return count;
  };
  std::vector<BoundaryMatch> matches;
  for (int k = 0; k < 4; ++k) {
    const auto labelled = boundary(labels, k), predicted = boundary(predictions, k);
    matches.push_back({.labelled = static_cast<std::int64_t>(labelled.size()),
                       .labelled_found = near(labelled, predicted),
                       .predicted = static_cast<std::int64_t>(predicted.size()),
                       .predicted_right = near(predicted, labelled)});
  }
  return matches;
}

TEST(BoundaryMatches, ABoundaryMayBeOffByTheTolerance) {
  const LabelMap labels = map_of({"0001111111", "0001111111", "0001111111"});
  const LabelMap predictions = map_of({"0000011111", "0000011111", "0000011111"});  // two columns away
  const double diagonal = std::sqrt(109.0);
  const auto near = matched(labels, predictions, 2.001 / diagonal);
  EXPECT_EQ(near[0], (BoundaryMatch{.labelled = 3, .labelled_found = 3, .predicted = 3, .predicted_right = 3}));
  EXPECT_EQ(f1_of(near[1]), 1);
  const auto far = matched(labels, predictions, 1.999 / diagonal);
  EXPECT_EQ(far[0], (BoundaryMatch{.labelled = 3, .labelled_found = 0, .predicted = 3, .predicted_right = 0}));
  EXPECT_EQ(f1_of(far[1]), 0);
}

TEST(BoundaryMatches, F1IsTheHarmonicMeanOfPrecisionAndRecall) {
  EXPECT_DOUBLE_EQ(f1_of({.labelled = 4, .labelled_found = 2, .predicted = 10, .predicted_right = 1}),
                   2 * 0.5 * 0.1 / 0.6);
  EXPECT_TRUE(std::isnan(f1_of(BoundaryMatch())));
  EXPECT_EQ(f1_of({.labelled = 4}), 0);
  EXPECT_EQ(f1_of({.predicted = 4}), 0);
}

TEST(BoundaryMatches, EqualWhatPairsOfPixelsShow) {
  for (const testing::RandomMap& shape : shapes_of_maps())
    for (const double share : {0.0, 0.05, 0.2})
      for (const std::int64_t block : {1, 6}) {
        const LabelMap labels = random_map(shape, 1);
        const LabelMap predictions = random_map({shape.height, shape.width, 4, 0, block}, 2);
        EXPECT_EQ(matched(labels, predictions, share), matched_by_pairs(labels, predictions, share))
            << shape.height << " x " << shape.width << ", share " << share;
      }
}

TEST(BoundaryMatches, OfLabelsWithThemselvesAreAllFound) {
  for (const testing::RandomMap& shape : shapes_of_maps())
    for (const BoundaryMatch& match : matched(random_map(shape, 4), random_map(shape, 4), 0)) {
      EXPECT_EQ(match.labelled, match.labelled_found);
      EXPECT_EQ(match.predicted, match.predicted_right);
      EXPECT_EQ(match.labelled, match.predicted);
    }
}

}  // namespace
}  // namespace seg
