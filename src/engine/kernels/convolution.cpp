// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {

Tensors convolution(const Call& call) {
  const auto& o = options_of<ConvolutionOptions>(call.node);
  return {at::convolution(call.reads[0], call.reads[1], optional_tensor(call.reads[2]), {o.stride, o.stride},
                          {o.padding, o.padding}, {o.dilation, o.dilation}, false, {0, 0}, o.groups)};
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
