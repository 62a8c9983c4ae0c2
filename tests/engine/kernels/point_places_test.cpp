// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/point_places.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace seg::kernels {
namespace {

// What a cell counts for a point, by the definition: a hat of its width around its centre.
double hat(double x, std::int64_t cell, std::int64_t extent, PointPadding padding) {
  double u = x * static_cast<double>(extent) - 0.5;
  if (padding == PointPadding::border) u = std::clamp(u, 0.0, static_cast<double>(extent - 1));
  return std::max(0.0, 1.0 - std::abs(u - static_cast<double>(cell)));
}

const std::vector<float> kPlaces = {0.0F, 1.0F, 0.5F, 0.125F, 0.999F, 1e-4F, 0.3F, 0.9F, 1.5F, -0.4F};

TEST(PointPlaces, WeighCellsByTheirDistance) {
  for (const PointPadding padding : {PointPadding::zeros, PointPadding::border}) {
    for (const MapExtent map : {MapExtent{4, 7}, MapExtent{1, 3}, MapExtent{1, 1}}) {
      for (const float x : kPlaces) {
        for (const float y : kPlaces) {
          std::vector<double> weights(static_cast<std::size_t>(map.height * map.width));
          const PointPlace place = place_of(x, y, map, padding);
          for (int i = 0; i < 4; ++i) {
            ASSERT_GE(place.cell[i], 0);
            ASSERT_LT(place.cell[i], map.height * map.width);
            weights[static_cast<std::size_t>(place.cell[i])] += static_cast<double>(place.weight[i]);
          }
          for (std::int64_t row = 0; row < map.height; ++row)
            for (std::int64_t column = 0; column < map.width; ++column)
              ASSERT_NEAR(weights[static_cast<std::size_t>(row * map.width + column)],
                          hat(static_cast<double>(x), column, map.width, padding) *
                              hat(static_cast<double>(y), row, map.height, padding),
                          1e-5)
                  << x << ' ' << y;
        }
      }
    }
  }
}

TEST(PointPlaces, WhatIsNotANumberSeesNothingAndStaysWithinTheMap) {
  for (const PointPadding padding : {PointPadding::zeros, PointPadding::border}) {
    const PointPlace place = place_of(std::numeric_limits<float>::quiet_NaN(), 0.5F, {4, 7}, padding);
    for (int i = 0; i < 4; ++i) {
      EXPECT_GE(place.cell[i], 0);
      EXPECT_LT(place.cell[i], 28);
      EXPECT_EQ(place.weight[i], 0.0F);
    }
  }
}

TEST(PointPlaces, OfTensorsAreTheSameToTheLastBit) {
  at::manual_seed(3);
  at::Tensor points = at::rand({2, 500, 2}).mul(1.1).sub(0.05);
  points[0][0] = at::tensor({0.0F, 1.0F});
  for (const PointPadding padding : {PointPadding::zeros, PointPadding::border}) {
    const MapExtent map{24, 53};
    const PlacesOfPoints all = places_of(points, map, padding);
    for (std::int64_t n = 0; n < 2; ++n)
      for (std::int64_t p = 0; p < 500; ++p) {
        const PointPlace place = place_of(points[n][p][0].item<float>(), points[n][p][1].item<float>(), map, padding);
        for (int i = 0; i < 4; ++i) {
          ASSERT_EQ(all.cells[n][p][i].item<std::int64_t>(), place.cell[i]);
          ASSERT_EQ(all.weights[n][p][i].item<float>(), place.weight[i]);
        }
      }
  }
}

TEST(PointPlaces, SampledMapsAreChannelsLastAndOfTheMapsType) {
  const at::Tensor map = at::randn({2, 3, 4, 5}).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor values = sampled(map, at::rand({2, 6, 2}), PointPadding::border);
  EXPECT_EQ(values.sizes(), (std::vector<std::int64_t>{2, 3, 1, 6}));
  EXPECT_EQ(values.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(values.is_contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace seg::kernels
