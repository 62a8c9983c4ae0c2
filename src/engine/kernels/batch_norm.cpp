// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/batch_norm.h"

#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/where.h>

#include <array>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

Tensors normalized(const Call& call) {
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

// What x became, in full precision.
at::Tensor affine(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift, const at::Tensor& mean,
                  const at::Tensor& inverse) {
  const auto by_channel = [](const at::Tensor& v) { return v.view({1, -1, 1, 1}); };
  const at::Tensor factor = scale.mul(inverse);
  return x.to(scale.scalar_type()).mul(by_channel(factor)).add_(by_channel(shift.sub(mean.mul(factor))));
}

}  // namespace

bool uses_running_statistics(const Call& call) {
  const Shape& map = call.input_shape(0);
  const bool has_one_value_per_channel = map[0] * map[2] * map[3] == 1;
  return !call.context.training || options_of<BatchNormOptions>(call.node).inference || has_one_value_per_channel;
}

Tensors batch_norm(const Call& call) {
  Tensors results = normalized(call);
  if (options_of<BatchNormOptions>(call.node).relu) at::relu_(results[0]);
  return results;
}

Tensors batch_norm_again(const Call& call) {
  const at::Tensor& x = call.reads[0];
  at::Tensor y = affine(x, call.reads[1], call.reads[2], call.reads[3], call.reads[4]);
  if (options_of<BatchNormOptions>(call.node).relu) at::relu_(y);
  return {y.to(x.scalar_type())};
}

// In the graph's inference form the last two operands are the running statistics themselves.
Tensors batch_norm_vjp(const Call& call) {
  const auto& o = options_of<BatchNormOptions>(call.node);
  const std::size_t first_statistic = o.relu ? 4 : 3;
  const at::Tensor &x = call.reads[1], &scale = call.reads[2], &mean = call.reads[first_statistic],
                   &spread = call.reads[first_statistic + 1];
  at::Tensor dy = call.reads[0];
  if (o.relu) {  // where the activation let pass what x became
    const at::Tensor inverse = o.inference ? at::rsqrt(spread.add(o.eps)) : spread;
    dy = at::where(affine(x, scale, call.reads[3], mean, inverse).gt(0), dy, 0);
  }
  const std::array<bool, 3> wanted = {call.wants(0), call.wants(1), call.wants(2)};
  const bool are_constants = uses_running_statistics(call);
  // Running statistics make it an affine map. ATen takes their variance, to which it adds eps.
  const at::Tensor variance = !are_constants ? at::Tensor() : o.inference ? spread : spread.pow(-2).sub_(o.eps);
  auto [dx, dscale, dshift] =
      are_constants ? at::native_batch_norm_backward(dy, x, scale, mean, variance, std::nullopt, std::nullopt,
                                                     /*train=*/false, o.eps, wanted)
                    : at::native_batch_norm_backward(dy, x, scale, std::nullopt, std::nullopt, mean, spread,
                                                     /*train=*/true, o.eps, wanted);
  if (!call.in_place || !dx.defined()) return {dx, dscale, dshift};
  at::Tensor in_place = call.reads[0];
  return {in_place.copy_(dx), dscale, dshift};
}

}  // namespace seg::kernels
