// SPDX-License-Identifier: Apache-2.0
// Chooses by shape and type alone, so that a config gives the same bits on every run.
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/direct_weight_gradient.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/library_convolution.h"
#include "engine/kernels/norm_rows.h"
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

// In one more pass over the map.
template <class T>
void finish(const at::Tensor& y, const at::Tensor& bias, bool relu) {
  const at::Tensor offset = bias.to(at::kFloat).contiguous();
  const std::int64_t channels = y.size(1), values_a_thread = 32768;
  T* const values = values_to<T>(y);
  at::parallel_for(0, y.numel() / channels, std::max<std::int64_t>(1, values_a_thread / channels),
                   [&](std::int64_t begin, std::int64_t end) {
                     shift(values + begin * channels, {end - begin, channels}, offset.const_data_ptr<float>(), relu);
                   });
}

at::Tensor by_winograd(const Call& call) {
  const at::Tensor& bias = call.reads[2];
  at::Tensor y = winograd::convolution(call.reads[0], call.reads[1]);
  const bool relu = options_of<ConvolutionOptions>(call.node).relu;
  if (!bias.defined()) return relu ? y.relu_() : y;
  y.scalar_type() == at::kFloat ? finish<float>(y, bias, relu) : finish<std::uint16_t>(y, bias, relu);
  return y;
}

// The library's gradient of the weight takes more than twice as long as each of its other two parts where the stride is
// 2 and maps are large (bench/kernels_bench.cpp).
bool is_direct_weight_gradient(const ConvolutionOptions& o, const at::Tensor& x, const at::Tensor& dy) {
  constexpr std::int64_t kLeastWidth = 32;
  return o.stride == 2 && o.kernel > 1 && dy.size(3) >= kLeastWidth && serves_direct_weight_gradient(o, x, dy);
}

}  // namespace

Tensors convolution_cpu(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const at::Tensor &x = call.reads[0], &weight = call.reads[1], &bias = call.reads[2];
  if (is_own_depthwise(o, x, weight)) return {depthwise(x, weight, o.stride, {.bias = bias, .relu = o.relu})};
  if (is_winograd(call, weight, {x})) return {by_winograd(call)};
  // ATen's own choice takes some pointwise layers to another library, which needs twice the time: not where only the
  // result counts.
  const bool is_finished = o.relu || (bias.defined() && bias.scalar_type() != x.scalar_type());
  if ((is_finished || !call.context.training) && library_serves(x, weight))
    return {library_convolution(x, weight, bias, o)};
  return convolution(call);
}

Tensors convolution_vjp_cpu(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const at::Tensor &dy = call.reads[0], &x = call.reads[1], &weight = call.reads[2];
  Tensors gradients(3);
  if (!o.bias && is_own_depthwise(o, x, weight) && dy.scalar_type() == x.scalar_type() &&
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
  if (call.wants(1) && is_direct_weight_gradient(o, x, dy)) {
    const std::array<std::uint8_t, 3> others{call.wants(0), 0, call.wants(2)};
    gradients = convolution_vjp({call.node, call.reads, call.shapes, others, call.in_place, call.context});
    gradients[1] = direct_weight_gradient(o, x, dy);
    return gradients;
  }
  return convolution_vjp(call);
}

}  // namespace seg::kernels
