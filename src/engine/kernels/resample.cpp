// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/resample.h"

#include <ATen/Context.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/matmul.h>
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

namespace {

// [small, large]: what each number along a short axis gives to each of the longer one. Bilinear resampling does that to
// one axis after the other.
at::Tensor shares_along_axis(std::int64_t small, std::int64_t large, bool align_corners, const at::Tensor& like) {
  const at::Tensor units = at::eye(small, like.options()).view({1, small, small, 1});
  return at::upsample_bilinear2d(units, at::IntArrayRef({large, 1}), align_corners).view({small, large});
}

// For its life products on a GPU keep all digits of their factors: what they stand for is no convolution or product of
// the network, and was never made in TF32.
class WholeDigits {
 public:
  WholeDigits() : before_(at::globalContext().float32Precision(kBackend, kOp)) {
    at::globalContext().setFloat32Precision(kBackend, kOp, at::Float32Precision::IEEE);
  }
  ~WholeDigits() { at::globalContext().setFloat32Precision(kBackend, kOp, before_); }
  WholeDigits(const WholeDigits&) = delete;
  WholeDigits& operator=(const WholeDigits&) = delete;

 private:
  static constexpr at::Float32Backend kBackend = at::Float32Backend::CUDA;
  static constexpr at::Float32Op kOp = at::Float32Op::MATMUL;
  at::Float32Precision before_;
};

}  // namespace

at::Tensor bilinear_vjp_as_products(const at::Tensor& dy, const Shape& x_shape, const Resampling& to) {
  const at::Tensor rows = shares_along_axis(x_shape[2], to.height, to.align_corners, dy);
  const at::Tensor columns = shares_along_axis(x_shape[3], to.width, to.align_corners, dy);
  const WholeDigits guard;
  return at::matmul(rows, at::matmul(dy, columns.t())).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor resample_vjp(const at::Tensor& dy, const Shape& x_shape, const Resampling& to) {
  const std::int64_t size[] = {to.height, to.width};
  const bool is_nearest = to.mode == Interpolation::nearest;
  // A GPU's own kernel adds each number to four of the small map, atomically: slower, and in an order that varies.
  if (!is_nearest && !dy.is_cpu()) return bilinear_vjp_as_products(dy, x_shape, to);
  const at::Tensor dense = dy.contiguous(at::MemoryFormat::ChannelsLast);
  return is_nearest ? at::upsample_nearest2d_backward(dense, size, x_shape)
                    : at::upsample_bilinear2d_backward(dense, size, x_shape, to.align_corners);
}

}  // namespace seg::kernels
