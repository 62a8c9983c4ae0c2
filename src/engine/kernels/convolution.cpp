// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/relu.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {

Tensors convolution(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const at::Tensor& x = call.reads[0];
  // A folded bias has the parameters' type whatever the map has; ATen wants them alike.
  const at::Tensor bias = call.reads[2].defined() ? call.reads[2].to(x.scalar_type()) : at::Tensor();
  at::Tensor y = at::convolution(x, call.reads[1], optional_tensor(bias), {o.stride, o.stride}, {o.padding, o.padding},
                                 {o.dilation, o.dilation}, false, {0, 0}, o.groups);
  if (o.relu) at::relu_(y);
  return {y};
}

Tensors convolution_vjp(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  const std::int64_t bias_size[] = {o.out_channels};
  auto [dx, dweight, dbias] =
      at::convolution_backward(call.reads[0], call.reads[1], call.reads[2],
                               o.bias ? at::OptionalIntArrayRef(bias_size) : at::OptionalIntArrayRef(),
                               {o.stride, o.stride}, {o.padding, o.padding}, {o.dilation, o.dilation}, false, {0, 0},
                               o.groups, {call.wants(0), call.wants(1), o.bias && call.wants(2)});
  return {dx, dweight, dbias};
}

}  // namespace seg::kernels
