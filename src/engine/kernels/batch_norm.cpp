// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/rsqrt.h>

#include <array>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

// The usual formula divides by the number of values less one, and gives NaN for a single value. The network says once
// that this happens.
bool has_one_value_per_channel(const Shape& map) { return map[0] * map[2] * map[3] == 1; }

bool uses_running_statistics(const Call& call) {
  return !call.context.training || options_of<BatchNormOptions>(call.node).inference ||
         has_one_value_per_channel(call.input_shape(0));
}

}  // namespace

Tensors batch_norm(const Call& call) {
  const auto& o = options_of<BatchNormOptions>(call.node);
  const at::Tensor &x = call.reads[0], &scale = call.reads[1], &shift = call.reads[2], &mean = call.reads[3],
                   &variance = call.reads[4];
  if (!uses_running_statistics(call)) {
    auto [y, batch_mean, inverse_deviation] =
        at::native_batch_norm(x, scale, shift, mean, variance, true, o.momentum, o.eps);
    at::Tensor num_batches = call.reads[5];
    num_batches.add_(1);
    return {y, batch_mean, inverse_deviation};
  }
  at::Tensor y = std::get<0>(at::native_batch_norm(x, scale, shift, mean, variance, false, o.momentum, o.eps));
  if (!call.wants(1)) return {y, {}, {}};
  // Copies: the derivative must see what was used here, whatever happens to the buffers until then.
  return {y, mean.clone(), at::rsqrt(variance.add(o.eps))};
}

// In the graph's inference form the last two operands are the running statistics themselves.
Tensors batch_norm_vjp(const Call& call) {
  const auto& o = options_of<BatchNormOptions>(call.node);
  const at::Tensor &dy = call.reads[0], &x = call.reads[1], &scale = call.reads[2], &mean = call.reads[3],
                   &spread = call.reads[4];
  const std::array<bool, 3> wanted = {call.wants(0), call.wants(1), call.wants(2)};
  if (uses_running_statistics(call)) {
    // They were constants: an affine map. ATen takes the variance, to which it adds eps.
    const at::Tensor variance = o.inference ? spread : spread.pow(-2).sub_(o.eps);
    auto [dx, dscale, dshift] = at::native_batch_norm_backward(dy, x, scale, mean, variance, std::nullopt, std::nullopt,
                                                               /*train=*/false, o.eps, wanted);
    return {dx, dscale, dshift};
  }
  auto [dx, dscale, dshift] = at::native_batch_norm_backward(dy, x, scale, std::nullopt, std::nullopt, mean, spread,
                                                             /*train=*/true, o.eps, wanted);
  return {dx, dscale, dshift};
}

}  // namespace seg::kernels
