// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/empty.h>
#include <ATen/ops/grid_sampler_2d.h>
#include <ATen/ops/grid_sampler_2d_backward.h>

#include <array>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

constexpr std::int64_t kBilinear = 0;  // numbers of ATen's enums

std::int64_t padding_mode(const Call& call) {
  return options_of<PointSampleOptions>(call.node).padding == PointPadding::border ? 1 : 0;
}

// Points [N,P,2] in [0,1] -> ATen's grid [N,P,1,2] in [-1,1], in the type of the map.
at::Tensor grid_of(const at::Tensor& points, at::ScalarType type) { return points.to(type).mul(2).sub(1).unsqueeze(2); }

}  // namespace

Tensors point_sample(const Call& call) {
  const at::Tensor& map = call.reads[0];
  return {at::grid_sampler_2d(map, grid_of(call.reads[1], map.scalar_type()), kBilinear, padding_mode(call),
                              /*align_corners=*/false)
              .contiguous(at::MemoryFormat::ChannelsLast)};
}

// The points get no gradient, so of the map only shape and type matter.
Tensors point_sample_vjp(const Call& call) {
  const at::Tensor &dy = call.reads[0], &points = call.reads[1];
  const at::Tensor map = at::empty(call.input_shape(0), dy.options());
  at::Tensor dx = std::get<0>(at::grid_sampler_2d_backward(dy, map, grid_of(points, dy.scalar_type()), kBilinear,
                                                           padding_mode(call), /*align_corners=*/false, {true, false}));
  return {dx.contiguous(at::MemoryFormat::ChannelsLast), {}};
}

}  // namespace seg::kernels
