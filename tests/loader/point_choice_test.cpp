// SPDX-License-Identifier: Apache-2.0
#include "loader/point_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "image/distance_map.h"
#include "tests/loader/counted_allocations.h"

namespace seg {
namespace {

constexpr std::int64_t kHeight = 9, kWidth = 13;
constexpr std::uint8_t kIgnored = 255;

// Two classes, with a hole of what is ignored across their boundary.
struct Crop {
  LabelMap labels{kHeight, kWidth};
  std::vector<std::uint8_t> distances = std::vector<std::uint8_t>(kHeight * kWidth);

  Crop() {
    for (std::int64_t y = 0; y < kHeight; ++y)
      for (std::int64_t x = 0; x < kWidth; ++x) set(y, x, y < 4 && x > 8 ? kIgnored : x < 7 ? 3 : 5);
    measure();
  }
  void set(std::int64_t y, std::int64_t x, int label) {
    labels.row(y)[static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(label);
  }
  void fill(int label) {
    std::ranges::fill(labels.values(), static_cast<std::uint8_t>(label));
    measure();
  }
  void measure() { DistanceMap().eighths(labels, {.ignored = kIgnored}, distances); }
  PointChoice::Crop view() const { return {.labels = labels, .distances = distances, .ignored = kIgnored}; }
  bool is_valid(std::size_t pixel) const { return labels.values()[pixel] != kIgnored; }
};

std::vector<float> drawn(PointChoice& choice, const Crop& crop, std::int64_t count, std::uint64_t sample) {
  std::vector<float> points(static_cast<std::size_t>(2 * count), -1);
  choice.draw({.seed = 4, .sample = sample}, crop.view(), points);
  return points;
}

std::size_t pixel_of(const std::vector<float>& points, std::size_t i) {
  const auto x = static_cast<std::size_t>(std::floor(points[2 * i] * kWidth));
  const auto y = static_cast<std::size_t>(std::floor(points[2 * i + 1] * kHeight));
  return y * kWidth + x;
}

// Of points that are drawn by `shares`, a pixel's count is off by a few times the square root of what is expected.
void expect_shares(const std::vector<double>& counts, const std::vector<double>& shares) {
  double sum = 0, expected_sum = 0, chi_square = 0, freedom = 0;
  for (const double share : shares) sum += share;
  for (const double count : counts) expected_sum += count;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = shares[i] / sum * expected_sum;
    if (expected == 0) {
      EXPECT_EQ(counts[i], 0) << i;
      continue;
    }
    ++freedom;
    chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  EXPECT_LT(chi_square, freedom + 4 * std::sqrt(2 * freedom));
}

TEST(PointChoice, NearBoundariesAPixelIsAsLikelyAsItsDistanceSays) {
  const Crop crop;
  constexpr std::int64_t kCount = 500;
  PointChoice choice({.count = kCount, .boundary_share = 1, .sigma = 1.5});
  std::vector<double> counts(kHeight * kWidth), shares;
  for (std::uint64_t sample = 0; sample < 400; ++sample) {
    const std::vector<float> points = drawn(choice, crop, kCount, sample);
    for (std::size_t i = 0; i < kCount; ++i) ++counts[pixel_of(points, i)];
  }
  for (std::size_t i = 0; i < crop.distances.size(); ++i) {
    const double d = crop.distances[i] / 8.0;
    shares.push_back(crop.is_valid(i) ? std::exp(-d * d / (2 * 1.5 * 1.5)) : 0);
  }
  expect_shares(counts, shares);
}

TEST(PointChoice, WithinAPixelAllPlacesAreAlike) {
  const Crop crop;
  PointChoice choice({.count = 4000, .boundary_share = 1, .sigma = 2});
  const std::vector<float> points = drawn(choice, crop, 4000, 1);
  std::vector<double> columns(10), rows(10);
  for (std::size_t i = 0; i < 4000; ++i) {
    const double x = points[2 * i] * kWidth, y = points[2 * i + 1] * kHeight;
    ++columns[static_cast<std::size_t>(10 * (x - std::floor(x)))];
    ++rows[static_cast<std::size_t>(10 * (y - std::floor(y)))];
  }
  expect_shares(columns, std::vector<double>(10, 1));
  expect_shares(rows, std::vector<double>(10, 1));
}

TEST(PointChoice, TheOtherPointsAreUniformOverTheWholeCrop) {
  const Crop crop;
  PointChoice choice({.count = 400, .boundary_share = 0.25, .sigma = 0.1});
  std::vector<double> counts(kHeight * kWidth);
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    const std::vector<float> points = drawn(choice, crop, 400, sample);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(crop.distances[pixel_of(points, i)], 0);
    for (std::size_t i = 100; i < 400; ++i) ++counts[pixel_of(points, i)];
    for (const float coordinate : points) {
      EXPECT_GE(coordinate, 0.0F);
      EXPECT_LT(coordinate, 1.0F);
    }
  }
  expect_shares(counts, std::vector<double>(counts.size(), 1));
}

TEST(PointChoice, WithoutABoundaryValidPixelsAreAlikeAndWithoutAnyAllAre) {
  Crop crop;
  crop.fill(3);
  for (std::int64_t x = 0; x < kWidth; ++x) crop.set(2, x, kIgnored);
  crop.measure();
  PointChoice choice({.count = 300, .boundary_share = 1, .sigma = 5});
  std::vector<double> counts(kHeight * kWidth), shares;
  for (std::size_t i = 0; i < counts.size(); ++i) shares.push_back(crop.is_valid(i) ? 1 : 0);
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    const std::vector<float> points = drawn(choice, crop, 300, sample);
    for (std::size_t i = 0; i < 300; ++i) ++counts[pixel_of(points, i)];
  }
  expect_shares(counts, shares);

  crop.fill(kIgnored);
  std::ranges::fill(counts, 0);
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    const std::vector<float> points = drawn(choice, crop, 300, sample);
    for (std::size_t i = 0; i < 300; ++i) ++counts[pixel_of(points, i)];
  }
  expect_shares(counts, std::vector<double>(counts.size(), 1));
}

TEST(PointChoice, IsAFunctionOfSeedAndSampleAlone) {
  const Crop crop;
  PointChoice choice({.count = 50}), other({.count = 50});
  const std::vector<float> first = drawn(choice, crop, 50, 7);
  EXPECT_NE(drawn(choice, crop, 50, 8), first);
  EXPECT_EQ(drawn(other, crop, 50, 7), first);
  const std::int64_t before = testing::allocations();
  std::vector<float> points(100);
  const std::int64_t of_points = testing::allocations() - before;
  choice.draw({.seed = 4, .sample = 7}, crop.view(), points);
  EXPECT_EQ(testing::allocations() - before, of_points);
  EXPECT_EQ(points, first);
  choice.draw({.seed = 5, .sample = 7}, crop.view(), points);
  EXPECT_NE(points, first);
}

}  // namespace
}  // namespace seg
