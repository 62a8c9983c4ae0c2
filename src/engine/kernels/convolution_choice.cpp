// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/convolution_choice.h"

#include "engine/kernels/depthwise.h"
#include "engine/kernels/direct_weight_gradient.h"
#include "engine/kernels/library_convolution.h"
#include "graph/winograd.h"

namespace seg::kernels {
namespace {

// With several outputs a channel ours is two to three times as fast as ATen's (bench/kernels_bench.cpp), with one a
// third slower.
bool is_own_depthwise(const ConvolutionOptions& o, const Shape& x) {
  return o.out_channels > o.groups && is_depthwise(o, x[1]);
}

bool is_winograd(const ConvolutionOptions& o, const Shape& x) {
  return uses_winograd(o, x) && x[1] % kWinogradChannels == 0 && o.out_channels % kWinogradChannels == 0;
}

std::int64_t output_width(const ConvolutionOptions& o, const Shape& x) {
  return (x[3] + 2 * o.padding - o.dilation * (o.kernel - 1) - 1) / o.stride + 1;
}

// The library's gradient of the weight takes more than twice as long as each of its other two parts where the stride is
// 2 and maps are large (bench/kernels_bench.cpp).
bool is_direct_weight_gradient(const ConvolutionOptions& o, const Shape& x, at::ScalarType type) {
  constexpr std::int64_t kLeastWidth = 32;
  return type == at::kFloat && o.stride == 2 && o.kernel > 1 && serves_direct_weight_gradient(o) &&
         output_width(o, x) >= kLeastWidth;
}

}  // namespace

ConvolutionKernels choose_convolution(const ConvolutionOptions& o, const Shape& x, at::ScalarType type, bool training) {
  using enum ConvolutionKernel;
  if (type != at::kFloat && type != at::kBFloat16) return {};
  if (is_own_depthwise(o, x)) return {.forward = depthwise, .input_gradient = depthwise, .weight_gradient = depthwise};
  if (is_winograd(o, x)) return {.forward = winograd, .input_gradient = winograd, .weight_gradient = winograd};
  ConvolutionKernels result;
  // ATen's own choice takes some pointwise layers to another library, which needs twice the time, and leaves bias and
  // ReLU to passes over the map: not where only the result counts.
  if (!training && has_library_convolution(type)) result.forward = library;
  if (is_direct_weight_gradient(o, x, type)) result.weight_gradient = direct;
  return result;
}

}  // namespace seg::kernels
