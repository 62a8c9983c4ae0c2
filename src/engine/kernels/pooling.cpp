// SPDX-License-Identifier: Apache-2.0
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <ATen/ops/mean.h>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

// The first input of each window of a row or a column of outputs, along that dimension of [H, W].
at::Tensor window_starts(const at::Tensor& like, std::int64_t dimension, const PoolOptions& o) {
  const at::Tensor starts = at::arange(like.size(dimension), like.options().dtype(at::kLong)) * o.stride - o.padding;
  return dimension == 2 ? starts.view({-1, 1}) : starts;
}

// ATen numbers the pixels of the whole input; a number in the window takes an eighth of the memory until the backward
// pass.
at::Tensor places_of(const at::Tensor& indices, std::int64_t width, const PoolOptions& o) {
  at::Tensor rows = indices.div(width, "floor").sub_(window_starts(indices, 2, o)).mul_(o.kernel);
  return rows.add_(indices.remainder(width).sub_(window_starts(indices, 3, o))).to(at::kByte);
}

at::Tensor indices_of(const at::Tensor& places, std::int64_t width, const PoolOptions& o) {
  const at::Tensor numbers = places.to(at::kLong);
  at::Tensor rows = numbers.div(o.kernel, "floor").add_(window_starts(places, 2, o)).mul_(width);
  return rows.add_(numbers.remainder(o.kernel).add_(window_starts(places, 3, o)));
}

}  // namespace

Tensors max_pool(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  auto [y, indices] = at::max_pool2d_with_indices(call.reads[0], {o.kernel, o.kernel}, {o.stride, o.stride},
                                                  {o.padding, o.padding}, {1, 1}, /*ceil_mode=*/false);
  return {y, call.wants(1) ? places_of(indices, call.input_shape(0)[3], o) : at::Tensor()};
}

// ATen takes the forward input of a pooling but reads only its shape, type and layout: a map that is never touched
// stands in for it, and takes no pages.
Tensors max_pool_vjp(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  const at::Tensor& dy = call.reads[0];
  const at::Tensor indices = indices_of(call.reads[1], call.input_shape(0)[3], o);
  return {at::max_pool2d_with_indices_backward(dy, empty_map(call.input_shape(0), dy), {o.kernel, o.kernel},
                                               {o.stride, o.stride}, {o.padding, o.padding}, {1, 1},
                                               /*ceil_mode=*/false, indices)};
}

Tensors average_pool(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  return {at::avg_pool2d(call.reads[0], {o.kernel, o.kernel}, {o.stride, o.stride}, {o.padding, o.padding},
                         /*ceil_mode=*/false, /*count_include_pad=*/true)};
}

Tensors average_pool_vjp(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  const at::Tensor& dy = call.reads[0];
  return {at::avg_pool2d_backward(dy, empty_map(call.input_shape(0), dy), {o.kernel, o.kernel}, {o.stride, o.stride},
                                  {o.padding, o.padding}, /*ceil_mode=*/false, /*count_include_pad=*/true,
                                  std::nullopt)};
}

Tensors global_pool(const Call& call) { return {at::mean(call.reads[0], at::IntArrayRef({2, 3}), /*keepdim=*/true)}; }

Tensors global_pool_vjp(const Call& call) {
  const Shape& shape = call.input_shape(0);
  // Dense: an expanded view could not be added to in place.
  return {empty_map(shape, call.reads[0]).copy_(call.reads[0].div(static_cast<double>(shape[2] * shape[3])))};
}

}  // namespace seg::kernels
