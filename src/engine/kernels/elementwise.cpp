// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/_to_copy.h>
#include <ATen/ops/add.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sigmoid_backward.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/threshold_backward.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

bool is_relu(const Call& call) { return options_of<ActivationOptions>(call.node).kind == ActivationKind::relu; }
bool second_is_1x1(const Call& call) { return options_of<ElementwiseOptions>(call.node).second_is_1x1; }
at::Tensor sum_of_map(const at::Tensor& map) { return map.sum(at::IntArrayRef({2, 3}), /*keepdim=*/true); }

}  // namespace

Tensors activation(const Call& call) {
  at::Tensor x = call.reads[0];
  if (is_relu(call)) return {call.in_place ? at::relu_(x) : at::relu(x)};
  return {call.in_place ? at::sigmoid_(x) : at::sigmoid(x)};
}

Tensors activation_vjp(const Call& call) {
  at::Tensor dy = call.reads[0];
  const at::Tensor& y = call.reads[1];
  if (is_relu(call))
    return {call.in_place ? at::threshold_backward_out(dy, dy, y, 0) : at::threshold_backward(dy, y, 0)};
  return {call.in_place ? at::sigmoid_backward_out(dy, dy, y) : at::sigmoid_backward(dy, y)};
}

Tensors add(const Call& call) {
  at::Tensor a = call.reads[0];
  return {call.in_place ? a.add_(call.reads[1]) : at::add(a, call.reads[1])};
}

Tensors add_vjp(const Call& call) { return {{}, sum_of_map(call.reads[0])}; }

Tensors mul(const Call& call) {
  at::Tensor a = call.reads[0];
  return {call.in_place ? a.mul_(call.reads[1]) : at::mul(a, call.reads[1])};
}

Tensors mul_vjp(const Call& call) {
  at::Tensor dy = call.reads[0];
  const at::Tensor &a = call.reads[1], &b = call.reads[2];
  Tensors result(2);
  // The second first: the first may be written over the incoming gradient.
  if (call.wants(1)) {
    result[1] = at::mul(dy, a);
    if (second_is_1x1(call)) result[1] = sum_of_map(result[1]);
  }
  if (call.wants(0)) result[0] = call.in_place ? dy.mul_(b) : at::mul(dy, b);
  return result;
}

// _to_copy and not to(): the result must never be the operand itself.
Tensors cast(const Call& call) {
  const at::ScalarType to = scalar_type(options_of<CastOptions>(call.node).to, call.context);
  return {at::_to_copy(call.reads[0], call.reads[0].options().dtype(to))};
}

// Only between the two floating types.
Tensors cast_vjp(const Call& call) {
  const bool was_full = options_of<CastOptions>(call.node).to == NumberType::compute;
  const at::ScalarType from = was_full ? call.context.full : call.context.compute;
  return {at::_to_copy(call.reads[0], call.reads[0].options().dtype(from))};
}

}  // namespace seg::kernels
