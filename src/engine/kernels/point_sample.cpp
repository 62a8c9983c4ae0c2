// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include "engine/kernels/kernels.h"
#include "engine/kernels/point_places.h"

namespace seg::kernels {

Tensors point_sample(const Call& call) {
  return {sampled(call.reads[0], call.reads[1], options_of<PointSampleOptions>(call.node).padding)};
}

// The points get no gradient, so of the map only shape and type matter. Where torch was told to be deterministic,
// index_add_ adds up in a fixed order on GPUs, too.
Tensors point_sample_vjp(const Call& call) {
  const at::Tensor &dy = call.reads[0], &points = call.reads[1];
  const Shape& x = call.input_shape(0);
  const std::int64_t images = x[0], channels = x[1], cells = x[2] * x[3];
  const PlacesOfPoints places = places_of(points, {x[2], x[3]}, options_of<PointSampleOptions>(call.node).padding);
  const at::Tensor cell =
      places.cells.add(at::arange(images, places.cells.options()).mul_(cells).view({images, 1, 1})).flatten();
  const at::Tensor shares =
      dy.permute({0, 2, 3, 1}).reshape({-1, 1, channels}).to(points.scalar_type()).mul(places.weights.view({-1, 4, 1}));
  const at::Tensor sums = at::zeros({images * cells, channels}, shares.options());
  sums.index_add_(0, cell, shares.view({-1, channels}));
  return {sums.to(dy.scalar_type()).view({images, x[2], x[3], channels}).permute({0, 3, 1, 2}), {}};
}

}  // namespace seg::kernels
