// SPDX-License-Identifier: Apache-2.0
#include "graph/derivative.h"

#include <stdexcept>

namespace seg {
namespace {

constexpr Saved kPerChannel{Saved::Extent::channels, Saved::Type::full};
constexpr Saved kPlaces{Saved::Extent::output, Saved::Type::byte};  // of the largest in its window
constexpr Saved kInputGradient{Saved::Extent::first_input, Saved::Type::first_input};

Derivative of_batch_norm(const Node& node) {
  const auto& o = options_of<BatchNormOptions>(node);
  // x, scale and what x was normalised by: the batch's mean and inverse deviation, or the running statistics; and the
  // shift, to find out again what an activation let pass.
  Derivative result{.reads_inputs = o.relu ? 0b00111u : 0b00011u, .differentiable = 0b111, .backward_in_place = o.relu};
  if (o.inference) {
    result.reads_inputs |= 0b11000;
  } else {
    result.saved = {kPerChannel, kPerChannel};
  }
  return result;
}

Derivative of_add(const Node& node) {
  const bool broadcasts = options_of<ElementwiseOptions>(node).second_is_1x1;
  return {.differentiable = 0b11, .identity = broadcasts ? 0b01u : 0b11u, .forward_in_place = true};
}

}  // namespace

Derivative derivative_of(const Node& node) {
  switch (node.op) {
    case Op::input:
    case Op::parameter:
    case Op::normalize:
    case Op::argmax:
    case Op::choose_points:
    case Op::choose_cells:
    case Op::point_labels:
    case Op::boundary_weight:
    case Op::folded_weight:
    case Op::folded_bias: return {.differentiable = 0};
    case Op::put_points: return {.differentiable = 0, .forward_in_place = true};
    case Op::convolution: return {.reads_inputs = 0b011, .differentiable = 0b111};
    case Op::batch_norm: return of_batch_norm(node);
    case Op::activation: return {.reads_output = true, .forward_in_place = true, .backward_in_place = true};
    case Op::add: return of_add(node);
    case Op::mul:
      return {.reads_inputs = 0b11, .differentiable = 0b11, .forward_in_place = true, .backward_in_place = true};
    case Op::concat: return {.differentiable = ~0u};
    case Op::max_pool: return {.saved = {kPlaces}};
    case Op::slice:
    case Op::average_pool:
    case Op::global_pool:
    case Op::upsample:
    case Op::phase_weight:
    case Op::join_phases:
    case Op::cast: return {};
    // The mask comes from the node's name and the sample's number again, so nothing is saved.
    case Op::dropout: return {.forward_in_place = true, .backward_in_place = true};
    case Op::softmax: return {.reads_output = true};
    case Op::point_sample: return {.reads_inputs = 0b10};
    case Op::loss: return {.saved = {kInputGradient}, .makes_gradient = true};
  }
  throw std::logic_error("[graph] an operation without a derivative");
}

unsigned shape_only_inputs(const Node& node) {
  return node.op == Op::upsample && options_of<UpsampleOptions>(node).factor == 0 ? 0b10u : 0u;
}

}  // namespace seg
