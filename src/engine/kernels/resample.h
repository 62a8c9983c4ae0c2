// SPDX-License-Identifier: Apache-2.0
// Resampling of maps, once: for the upsampling node, for losses, and for full-resolution outputs.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "graph/graph.h"

namespace seg::kernels {

struct Resampling {
  std::int64_t height = 0, width = 0;  // of the result
  Interpolation mode = Interpolation::bilinear;
  bool align_corners = false;
};

// As an output or a loss enlarges its map.
inline Resampling by_rule(const UpsampleRule& rule, std::int64_t height, std::int64_t width) {
  return {.height = height, .width = width, .mode = rule.mode, .align_corners = rule.align_corners};
}

// x [N,C,h,w] -> [N,C,height,width], channels-last. Source positions follow from the two sizes. Always a new tensor.
at::Tensor resample(const at::Tensor& x, const Resampling& to);
// dy [N,C,height,width] -> the gradient of x, of the given shape. A GPU makes the bilinear one as products, never in
// TF32, since ATen's kernel adds atomically there, in any order.
at::Tensor resample_vjp(const at::Tensor& dy, const Shape& x_shape, const Resampling& to);
at::Tensor bilinear_vjp_as_products(const at::Tensor& dy, const Shape& x_shape, const Resampling& to);

}  // namespace seg::kernels
