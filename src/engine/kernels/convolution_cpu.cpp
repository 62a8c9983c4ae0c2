// SPDX-License-Identifier: Apache-2.0
// Each direction by the kernel that convolution_choice.h names.
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>

#include "engine/kernels/convolution_choice.h"
#include "engine/kernels/dense_map.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/direct_weight_gradient.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/library_convolution.h"
#include "engine/kernels/norm_rows.h"
#include "engine/kernels/winograd.h"

namespace seg::kernels {
namespace {

bool is_like(const at::Tensor& x, const at::Tensor& weight) {
  return x.device().is_cpu() && is_dense_map(x) && x.scalar_type() == weight.scalar_type();
}

ConvolutionKernels chosen(const Call& call, const at::Tensor& x) {
  return choose_convolution(options_of<ConvolutionOptions>(call.node), call.input_shape(0), x.scalar_type(),
                            call.context.training);
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

// Undefined where the composite is to make it.
at::Tensor own_input_gradient(const Call& call, ConvolutionKernel kernel) {
  const at::Tensor &dy = call.reads[0], &weight = call.reads[2];
  if (kernel == ConvolutionKernel::winograd) return winograd::input_gradient(dy, weight);
  if (kernel != ConvolutionKernel::depthwise) return {};
  return depthwise_input_gradient(dy, weight, call.input_shape(0), options_of<ConvolutionOptions>(call.node).stride);
}

at::Tensor own_weight_gradient(const Call& call, ConvolutionKernel kernel) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const at::Tensor &dy = call.reads[0], &x = call.reads[1];
  switch (kernel) {
    case ConvolutionKernel::winograd: return winograd::weight_gradient(x, dy);
    case ConvolutionKernel::depthwise: return depthwise_weight_gradient(dy, x, call.reads[2], o.stride);
    case ConvolutionKernel::direct: return direct_weight_gradient(o, x, dy);
    default: return {};
  }
}

}  // namespace

Tensors convolution_cpu(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const at::Tensor &x = call.reads[0], &weight = call.reads[1], &bias = call.reads[2];
  if (!is_like(x, weight)) return convolution(call);
  switch (chosen(call, x).forward) {
    case ConvolutionKernel::depthwise: return {depthwise(x, weight, o.stride, {.bias = bias, .relu = o.relu})};
    case ConvolutionKernel::winograd: return {by_winograd(call)};
    case ConvolutionKernel::library: return {library_convolution(x, weight, bias, o)};
    default: return convolution(call);
  }
}

Tensors convolution_vjp_cpu(const Call& call) {
  const at::Tensor &dy = call.reads[0], &x = call.reads[1], &weight = call.reads[2];
  if (!is_like(x, weight) || !is_like(dy, weight)) return convolution_vjp(call);
  const ConvolutionKernels kernels = chosen(call, x);
  const at::Tensor of_input = call.wants(0) ? own_input_gradient(call, kernels.input_gradient) : at::Tensor();
  const at::Tensor of_weight = call.wants(1) ? own_weight_gradient(call, kernels.weight_gradient) : at::Tensor();
  const auto is_open = [&](std::size_t i, const at::Tensor& own) {
    return static_cast<std::uint8_t>(call.wants(i) && !own.defined());
  };
  const std::array<std::uint8_t, 3> others{is_open(0, of_input), is_open(1, of_weight), is_open(2, {})};
  Tensors gradients(3);
  if (std::ranges::count(others, 0) < 3)
    gradients = convolution_vjp({call.node, call.reads, call.shapes, others, call.in_place, call.context});
  if (of_input.defined()) gradients[0] = of_input;
  if (of_weight.defined()) gradients[1] = of_weight;
  return gradients;
}

}  // namespace seg::kernels
