// SPDX-License-Identifier: Apache-2.0
// graph/phase_convolution.cpp says what the phases are.
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

at::TensorOptions channels_last(const at::Tensor& like) {
  return like.options().memory_format(at::MemoryFormat::ChannelsLast);
}

// Of three taps along an axis, the two of an even (0) or odd (1) place.
at::Tensor two_taps(const at::Tensor& three, std::int64_t axis, int parity) {
  const at::Tensor first = three.select(axis, 0), middle = three.select(axis, 1), last = three.select(axis, 2);
  return parity == 0 ? at::stack({first, middle.add(last)}, axis) : at::stack({first.add(middle), last}, axis);
}

at::Tensor three_taps(const at::Tensor& two, std::int64_t axis, int parity) {
  const at::Tensor first = two.select(axis, 0), last = two.select(axis, 1);
  return parity == 0 ? at::stack({first, last, last}, axis) : at::stack({first, first, last}, axis);
}

// Where the phase of these parities lies in the result, and the part of it that is used. Views.
struct PhaseViews {
  at::Tensor phase, result;
};
PhaseViews views_of(const at::Tensor& phases, const at::Tensor& result, int row, int column) {
  const std::int64_t channels = result.size(1), height = result.size(2) / 2, width = result.size(3) / 2;
  return {phases.narrow(1, (2 * row + column) * channels, channels).narrow(2, row, height).narrow(3, column, width),
          result.slice(2, row, std::nullopt, 2).slice(3, column, std::nullopt, 2)};
}

}  // namespace

Tensors phase_weight(const Call& call) {
  const at::Tensor& weight = call.reads[0];
  const std::int64_t out = weight.size(0);
  const at::Tensor result = at::empty(call.output_shape(), channels_last(weight));
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 2; ++column)
      result.narrow(0, (2 * row + column) * out, out).copy_(two_taps(two_taps(weight, 2, row), 3, column));
  return {result};
}

Tensors phase_weight_vjp(const Call& call) {
  const at::Tensor& gradient = call.reads[0];
  const std::int64_t out = call.input_shape(0)[0];
  at::Tensor result = at::zeros(call.input_shape(0), gradient.options());
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 2; ++column)
      result.add_(three_taps(three_taps(gradient.narrow(0, (2 * row + column) * out, out), 2, row), 3, column));
  return {result.contiguous(at::MemoryFormat::ChannelsLast)};
}

Tensors join_phases(const Call& call) {
  const at::Tensor result = at::empty(call.output_shape(), channels_last(call.reads[0]));
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 2; ++column) {
      const PhaseViews views = views_of(call.reads[0], result, row, column);
      views.result.copy_(views.phase);
    }
  return {result};
}

Tensors join_phases_vjp(const Call& call) {
  at::Tensor result = at::empty(call.input_shape(0), channels_last(call.reads[0]));
  result.zero_();
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < 2; ++column) {
      const PhaseViews views = views_of(result, call.reads[0], row, column);
      views.phase.copy_(views.result);
    }
  return {result};
}

}  // namespace seg::kernels
