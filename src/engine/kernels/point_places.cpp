// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/point_places.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

namespace seg::kernels {
namespace {

// Each [N,P,2]: the cells on either side, and what they count.
PlacesOfPoints along_axis(const at::Tensor& x, std::int64_t extent, PointPadding padding) {
  const auto last = static_cast<double>(extent - 1);
  at::Tensor u = x.mul(static_cast<double>(extent)).sub_(0.5);
  if (padding == PointPadding::border) u.clamp_(0.0, last);
  const at::Tensor is_near = u.gt(-1.0).logical_and_(u.lt(last + 1.0));
  const at::Tensor left = u.floor().masked_fill_(is_near.logical_not(), -1.0), t = u.sub(left),
                   none = at::zeros_like(t);
  const at::Tensor of_left = at::where(left.ge(0.0), t.neg().add_(1.0), none);
  const at::Tensor of_right = at::where(left.lt(last).logical_and_(is_near), t, none);
  return {at::stack({left.clamp(0.0, last), left.add(1.0).clamp_(0.0, last)}, 2).to(at::kLong),
          at::stack({of_left, of_right}, 2)};
}

}  // namespace

PlacesOfPoints places_of(const at::Tensor& points, const MapExtent& map, PointPadding padding) {
  const PlacesOfPoints columns = along_axis(points.select(2, 0), map.width, padding);
  const PlacesOfPoints rows = along_axis(points.select(2, 1), map.height, padding);
  return {rows.cells.mul(map.width).unsqueeze(3).add(columns.cells.unsqueeze(2)).flatten(2),
          rows.weights.unsqueeze(3).mul(columns.weights.unsqueeze(2)).flatten(2)};
}

at::Tensor sampled(const at::Tensor& map, const at::Tensor& points, PointPadding padding) {
  const std::int64_t images = map.size(0), channels = map.size(1), cells = map.size(2) * map.size(3);
  const PlacesOfPoints places = places_of(points, {map.size(2), map.size(3)}, padding);
  const at::Tensor rows = map.permute({0, 2, 3, 1}).reshape({images * cells, channels});
  const at::Tensor first = at::arange(images, places.cells.options()).mul_(cells).view({images, 1, 1});
  const at::Tensor cell = places.cells.add(first);
  at::Tensor sum;
  for (std::int64_t i = 0; i < 4; ++i) {
    const at::Tensor part = rows.index_select(0, cell.select(2, i).flatten())
                                .to(points.scalar_type())
                                .mul_(places.weights.select(2, i).reshape({-1, 1}));
    sum = sum.defined() ? sum.add_(part) : part;
  }
  return sum.to(map.scalar_type()).view({images, 1, points.size(1), channels}).permute({0, 3, 1, 2});
}

}  // namespace seg::kernels
