// SPDX-License-Identifier: Apache-2.0
// 3x3 convolutions on the CPU in which every output channel reads one input channel: one group a channel, any number of
// output channels for each, stride 1 or 2.
//
// Maps are channels-last, float or bfloat16 (then sums are float and results rounded once). Any number of threads gives
// the same bits.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "graph/graph.h"

namespace seg::kernels {

bool is_depthwise(const ConvolutionOptions& options, std::int64_t in_channels);

// x [N,C,H,W], weight [M C,1,3,3] of x's type, bias [M C] of any floating type, or undefined. The activation comes
// after it.
struct DepthwiseFinish {
  at::Tensor bias{};
  bool relu = false;
};
at::Tensor depthwise(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride,
                     const DepthwiseFinish& finish = {});

// dy [N,M C,h,w]; gives dx of that shape [N,C,H,W].
at::Tensor depthwise_input_gradient(const at::Tensor& dy, const at::Tensor& weight, const Shape& input,
                                    std::int64_t stride);
at::Tensor depthwise_weight_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight,
                                     std::int64_t stride);

}  // namespace seg::kernels
