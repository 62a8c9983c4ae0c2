// SPDX-License-Identifier: Apache-2.0
#include "graph/graph.h"

#include <array>
#include <cmath>
#include <stdexcept>

namespace seg {

std::string_view name_of(Op op) {
  switch (op) {
    case Op::input: return "input";
    case Op::parameter: return "parameter";
    case Op::normalize: return "normalize";
    case Op::convolution: return "convolution";
    case Op::batch_norm: return "batch_norm";
    case Op::activation: return "activation";
    case Op::add: return "add";
    case Op::mul: return "mul";
    case Op::concat: return "concat";
    case Op::slice: return "slice";
    case Op::max_pool: return "max_pool";
    case Op::average_pool: return "average_pool";
    case Op::global_pool: return "global_pool";
    case Op::upsample: return "upsample";
    case Op::dropout: return "dropout";
    case Op::softmax: return "softmax";
    case Op::argmax: return "argmax";
    case Op::point_sample: return "point_sample";
    case Op::cast: return "cast";
    case Op::phase_weight: return "phase_weight";
    case Op::join_phases: return "join_phases";
    case Op::folded_weight: return "folded_weight";
    case Op::folded_bias: return "folded_bias";
    case Op::choose_points: return "choose_points";
    case Op::choose_cells: return "choose_cells";
    case Op::put_points: return "put_points";
    case Op::point_labels: return "point_labels";
    case Op::boundary_weight: return "boundary_weight";
    case Op::loss: return "loss";
  }
  throw std::logic_error("[graph] an operation without a name");
}

double deviation_of(const KaimingNormalInit& init, const Shape& weight) {
  const std::int64_t field = weight.at(2) * weight.at(3);
  const std::int64_t fan = field * (init.fan == FanMode::in ? weight.at(1) : weight.at(0));
  return std::sqrt(2.0 / (1.0 + init.a * init.a) / static_cast<double>(fan));
}

bool is_trainable(ParameterRole role) {
  switch (role) {
    case ParameterRole::weight:
    case ParameterRole::bias:
    case ParameterRole::scale:
    case ParameterRole::shift: return true;
    case ParameterRole::running_mean:
    case ParameterRole::running_var:
    case ParameterRole::num_batches_tracked: return false;
  }
  throw std::logic_error("[graph] a parameter of no role");
}

bool is_trainable(const Node& node) {
  return node.op == Op::parameter && is_trainable(options_of<ParameterOptions>(node).role);
}

std::vector<const Node*> parameters(const Graph& graph) {
  std::vector<const Node*> result;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::parameter) result.push_back(&node);
  }
  return result;
}

std::vector<const Node*> writers(const Graph& graph) {
  std::vector<const Node*> result(static_cast<std::size_t>(graph.num_values));
  for (const Node& node : graph.nodes) result.at(static_cast<std::size_t>(node.output)) = &node;
  return result;
}

const Node& find_node(const Graph& graph, std::string_view name) {
  for (const Node& node : graph.nodes) {
    if (node.name == name) return node;
  }
  throw std::logic_error("[graph] there is no node " + std::string(name));
}

std::vector<NumberType> number_types(const Graph& graph) {
  std::vector<NumberType> types(static_cast<std::size_t>(graph.num_values), NumberType::full);
  for (const Node& node : graph.nodes) {
    NumberType& type = types[static_cast<std::size_t>(node.output)];
    switch (node.op) {
      case Op::input: type = options_of<InputOptions>(node).type; break;
      case Op::parameter:
        if (options_of<ParameterOptions>(node).role == ParameterRole::num_batches_tracked) type = NumberType::index;
        break;
      case Op::normalize: type = options_of<NormalizeOptions>(node).to; break;
      case Op::cast: type = options_of<CastOptions>(node).to; break;
      case Op::argmax: type = NumberType::byte; break;
      case Op::choose_points:
      case Op::choose_cells:
      case Op::boundary_weight:
      case Op::loss:         // full, whatever the logits are
      case Op::folded_bias:  // as the parameters, of which the first may be absent
        break;
      default: type = types[static_cast<std::size_t>(node.inputs.front())];
    }
  }
  return types;
}

}  // namespace seg
