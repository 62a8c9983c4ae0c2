// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/resample.h"

#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_bilinear2d_backward.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/upsample_nearest2d_backward.h>

namespace seg::kernels {

at::Tensor resample(const at::Tensor& x, const Resampling& to) {
  const std::int64_t size[] = {to.height, to.width};
  const at::Tensor dense = x.contiguous(at::MemoryFormat::ChannelsLast);
  return to.mode == Interpolation::nearest ? at::upsample_nearest2d(dense, size)
                                           : at::upsample_bilinear2d(dense, size, to.align_corners);
}

at::Tensor resample_vjp(const at::Tensor& dy, const Shape& x_shape, const Resampling& to) {
  const std::int64_t size[] = {to.height, to.width};
  const at::Tensor dense = dy.contiguous(at::MemoryFormat::ChannelsLast);
  return to.mode == Interpolation::nearest ? at::upsample_nearest2d_backward(dense, size, x_shape)
                                           : at::upsample_bilinear2d_backward(dense, size, x_shape, to.align_corners);
}

}  // namespace seg::kernels
