// SPDX-License-Identifier: Apache-2.0
#include "graph/summary.h"

namespace seg {
namespace {

// What people call it: the kind of an activation instead of "activation".
std::string kind_of(const Node& node) {
  if (node.op != Op::activation) return std::string(name_of(node.op));
  switch (options_of<ActivationOptions>(node).kind) {
    case ActivationKind::relu: return "relu";
    case ActivationKind::sigmoid: return "sigmoid";
  }
  return std::string(name_of(node.op));
}

}  // namespace

Summary summarize(const Graph& graph, const InputSize& size, const NumberBytes& bytes) {
  const std::vector<Shape> shapes = seg::shapes(graph, size);
  const std::vector<Cost> costs = seg::costs(graph, size, bytes);
  // A parameter's numbers wait here until a layer takes them; a cast of a weight passes them on.
  std::vector<std::int64_t> untaken(static_cast<std::size_t>(graph.num_values));
  std::vector<bool> is_parameter(untaken.size());

  Summary summary;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const auto output = static_cast<std::size_t>(node.output);
    summary.parameters += costs[i].parameters;
    if (node.op == Op::parameter) {
      untaken[output] = costs[i].parameters;
      is_parameter[output] = true;
      continue;
    }
    std::int64_t parameters = 0;
    bool reads_only_parameters = !node.inputs.empty();
    for (const ValueId id : node.inputs) {
      if (id == kNoValue) continue;
      const auto input = static_cast<std::size_t>(id);
      parameters += untaken[input];
      untaken[input] = 0;
      reads_only_parameters = reads_only_parameters && is_parameter[input];
    }
    if (reads_only_parameters) {
      untaken[output] = parameters;
      is_parameter[output] = true;
      continue;
    }
    summary.macs += costs[i].macs;
    summary.bytes += costs[i].activation_bytes;
    summary.layers.push_back(
        {node.name, kind_of(node), shapes[output], parameters, costs[i].macs, costs[i].activation_bytes});
  }
  return summary;
}

}  // namespace seg
