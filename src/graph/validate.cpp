// SPDX-License-Identifier: Apache-2.0
// validate(): the rules that every graph obeys, whoever made it.
#include <limits>
#include <stdexcept>
#include <unordered_set>

#include "graph/graph.h"

namespace seg {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw std::logic_error("[graph] " + name + ": " + what);
}

struct Arity {
  std::size_t least, most;
};

Arity arity_of(const Node& node) {
  switch (node.op) {
    case Op::input:
    case Op::parameter: return {0, 0};
    case Op::convolution:
    case Op::folded_weight: return {3, 3};
    case Op::folded_bias: return {5, 5};
    case Op::batch_norm: return {6, 6};
    case Op::add:
    case Op::mul:
    case Op::point_sample:
    case Op::point_labels: return {2, 2};
    case Op::put_points: return {3, 3};
    case Op::choose_points: return {1, 2};
    case Op::loss: return {2, 3};
    case Op::concat: return {2, std::numeric_limits<std::size_t>::max()};
    case Op::upsample: {
      const std::size_t count = options_of<UpsampleOptions>(node).factor == 0 ? 2 : 1;
      return {count, count};
    }
    default: return {1, 1};
  }
}

bool has_own_options(const Node& node) {
  const Options& o = node.options;
  switch (node.op) {
    case Op::input: return std::holds_alternative<InputOptions>(o);
    case Op::parameter: return std::holds_alternative<ParameterOptions>(o);
    case Op::normalize: return std::holds_alternative<NormalizeOptions>(o);
    case Op::convolution: return std::holds_alternative<ConvolutionOptions>(o);
    case Op::batch_norm:
    case Op::folded_weight:
    case Op::folded_bias: return std::holds_alternative<BatchNormOptions>(o);
    case Op::activation: return std::holds_alternative<ActivationOptions>(o);
    case Op::add:
    case Op::mul: return std::holds_alternative<ElementwiseOptions>(o);
    case Op::slice: return std::holds_alternative<SliceOptions>(o);
    case Op::max_pool:
    case Op::average_pool: return std::holds_alternative<PoolOptions>(o);
    case Op::upsample: return std::holds_alternative<UpsampleOptions>(o);
    case Op::dropout: return std::holds_alternative<DropoutOptions>(o);
    case Op::point_sample: return std::holds_alternative<PointSampleOptions>(o);
    case Op::choose_points: return std::holds_alternative<ChoosePointsOptions>(o);
    case Op::choose_cells: return std::holds_alternative<ChooseCellsOptions>(o);
    case Op::boundary_weight: return std::holds_alternative<BoundaryWeightOptions>(o);
    case Op::cast: return std::holds_alternative<CastOptions>(o);
    case Op::loss: return std::holds_alternative<LossOptions>(o);
    case Op::concat:
    case Op::global_pool:
    case Op::softmax:
    case Op::phase_weight:
    case Op::join_phases:
    case Op::put_points:
    case Op::point_labels:
    case Op::argmax: return std::holds_alternative<std::monostate>(o);
  }
  return false;
}

bool may_be_absent(const Node& node, std::size_t input) {
  return (node.op == Op::convolution && input == 2) || (node.op == Op::folded_bias && input == 0);
}

void check_order(const Graph& graph) {
  std::vector<bool> written(static_cast<std::size_t>(graph.num_values));
  const auto is_valid = [&](ValueId v) { return v >= 0 && v < graph.num_values; };
  for (const Node& node : graph.nodes) {
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const ValueId input = node.inputs[k];
      if (input == kNoValue && may_be_absent(node, k)) continue;
      if (!is_valid(input) || !written[static_cast<std::size_t>(input)]) refuse(node.name, "reads what nobody wrote");
    }
    if (!is_valid(node.output)) refuse(node.name, "writes a value that the graph does not have");
    if (written[static_cast<std::size_t>(node.output)]) refuse(node.name, "writes a value for the second time");
    written[static_cast<std::size_t>(node.output)] = true;
  }
  for (const Output& output : graph.outputs) {
    if (!is_valid(output.value) || !written[static_cast<std::size_t>(output.value)])
      refuse(output.name, "is an output that nobody wrote");
  }
}

}  // namespace

void validate(const Graph& graph) {
  std::unordered_set<std::string> names, outputs;
  for (const Node& node : graph.nodes) {
    if (node.name.empty()) refuse("?", "a node without a name");
    if (!names.insert(node.name).second) refuse(node.name, "two nodes of this name");
    if (!has_own_options(node)) refuse(node.name, "options of another operation");
    const Arity arity = arity_of(node);
    if (node.inputs.size() < arity.least || node.inputs.size() > arity.most)
      refuse(node.name, std::to_string(node.inputs.size()) + " inputs");
    if (node.op == Op::convolution && (node.inputs[2] != kNoValue) != options_of<ConvolutionOptions>(node).bias)
      refuse(node.name, "options and inputs disagree on the bias");
  }
  for (const Output& output : graph.outputs) {
    if (!outputs.insert(output.name).second) refuse(output.name, "two outputs of this name");
  }
  check_order(graph);
}

}  // namespace seg
