// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <ATen/ops/mean.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

at::Tensor empty_map(const Shape& shape, const at::Tensor& like) {
  return at::empty(shape, like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

}  // namespace

Tensors max_pool(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  auto [y, indices] = at::max_pool2d_with_indices(call.reads[0], {o.kernel, o.kernel}, {o.stride, o.stride},
                                                  {o.padding, o.padding}, {1, 1}, /*ceil_mode=*/false);
  return {y, indices};
}

// ATen takes the forward input of a pooling but reads only its shape, type and layout: a map that is never touched
// stands in for it, and takes no pages.
Tensors max_pool_vjp(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  const at::Tensor &dy = call.reads[0], &indices = call.reads[1];
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
