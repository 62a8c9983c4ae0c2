// SPDX-License-Identifier: Apache-2.0
// Where points lie in a map, and what it says there: bilinear between the centres of its cells.
//
// A point (x, y) in [0,1] lies at (x W - 0.5, y H - 0.5) among the cells of a map [H,W], whatever its stride. Cells
// that are not there count as zeros, or the point is moved to the outermost centres (PointPadding::border). All is
// calculated in the order that is written here, so that ways of doing it agree to the last bit where nothing is
// contracted.
#pragma once
#include <ATen/core/Tensor.h>

#include <cmath>
#include <cstdint>

#include "graph/graph.h"

namespace seg::kernels {

// Plain arrays, for loops that are compiled for several instruction sets.
struct PointPlace {
  std::int32_t cell[4] = {};  // y W + x, by rows; always within the map
  float weight[4] = {};
};

struct MapExtent {
  std::int64_t height = 0, width = 0;
};

struct AxisPlace {
  std::int32_t cell[2] = {};
  float weight[2] = {};
};

inline AxisPlace axis_place(float x, std::int64_t extent, PointPadding padding) {
  const auto last = static_cast<float>(extent - 1);
  float u = x * static_cast<float>(extent) - 0.5F;
  if (padding == PointPadding::border) u = u < 0.0F ? 0.0F : (u > last ? last : u);
  // What is farther away than a cell, or not a number, sees nothing of the map.
  const bool is_near = u > -1.0F && u < last + 1.0F;
  const float left = is_near ? std::floor(u) : -1.0F, t = u - left;
  const auto clamped = [&](float cell) {
    return static_cast<std::int32_t>(cell < 0.0F ? 0.0F : (cell > last ? last : cell));
  };
  return {.cell = {clamped(left), clamped(left + 1.0F)},
          .weight = {left >= 0.0F ? 1.0F - t : 0.0F, is_near && left < last ? t : 0.0F}};
}

inline PointPlace place_of(float x, float y, const MapExtent& map, PointPadding padding) {
  const AxisPlace column = axis_place(x, map.width, padding), row = axis_place(y, map.height, padding);
  const auto width = static_cast<std::int32_t>(map.width);
  PointPlace place;
  for (int i = 0; i < 4; ++i) {
    place.cell[i] = row.cell[i / 2] * width + column.cell[i % 2];
    place.weight[i] = row.weight[i / 2] * column.weight[i % 2];
  }
  return place;
}

// The same for points [N,P,2] of any floating type, by ATen's operations: cells int64 [N,P,4] and weights [N,P,4] of
// the points' type.
struct PlacesOfPoints {
  at::Tensor cells, weights;
};
PlacesOfPoints places_of(const at::Tensor& points, const MapExtent& map, PointPadding padding);

// map [N,C,H,W] at points [N,P,2] -> [N,C,1,P], channels-last, of the map's type.
at::Tensor sampled(const at::Tensor& map, const at::Tensor& points, PointPadding padding);

}  // namespace seg::kernels
