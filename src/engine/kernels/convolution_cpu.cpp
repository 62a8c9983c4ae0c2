// SPDX-License-Identifier: Apache-2.0
// Chooses by shape and type alone, so that a config gives the same bits on every run.
#include <algorithm>
#include <initializer_list>

#include "engine/kernels/depthwise.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/winograd.h"
#include "graph/winograd.h"

namespace seg::kernels {
namespace {

// With several outputs a channel ours is two to three times as fast as ATen's (bench/kernels_bench.cpp), with one a
// third slower.
bool is_own_depthwise(const ConvolutionOptions& o, const at::Tensor& x, const at::Tensor& weight) {
  return o.out_channels > o.groups && is_depthwise(o, x, weight);
}

bool is_winograd(const Call& call, const at::Tensor& weight, std::initializer_list<at::Tensor> maps) {
  if (!uses_winograd(options_of<ConvolutionOptions>(call.node), call.input_shape(0))) return false;
  return std::ranges::all_of(maps, [&](const at::Tensor& map) { return winograd::serves(map, weight); });
}

}  // namespace

Tensors convolution_cpu(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const at::Tensor &x = call.reads[0], &weight = call.reads[1];
  if (is_own_depthwise(o, x, weight)) return {depthwise(x, weight, o.stride)};
  if (is_winograd(call, weight, {x})) return {winograd::convolution(x, weight)};
  return convolution(call);
}

Tensors convolution_vjp_cpu(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const at::Tensor &dy = call.reads[0], &x = call.reads[1], &weight = call.reads[2];
  Tensors gradients(3);
  if (is_own_depthwise(o, x, weight) && dy.scalar_type() == x.scalar_type() &&
      dy.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    if (call.wants(0)) gradients[0] = depthwise_input_gradient(dy, weight, call.input_shape(0), o.stride);
    if (call.wants(1)) gradients[1] = depthwise_weight_gradient(dy, x, weight, o.stride);
    return gradients;
  }
  if (is_winograd(call, weight, {x, dy})) {
    if (call.wants(0)) gradients[0] = winograd::input_gradient(dy, weight);
    if (call.wants(1)) gradients[1] = winograd::weight_gradient(x, dy);
    return gradients;
  }
  return convolution_vjp(call);
}

}  // namespace seg::kernels
