// SPDX-License-Identifier: Apache-2.0
// with_boundary_weights(): pixels near boundaries count more in losses of pixels.
#include <algorithm>
#include <stdexcept>

#include "graph/passes.h"

namespace seg {
namespace {

// A mean over the pixels of `labels`: not one over points, nor a loss of regions or distances.
bool is_mean_over(const Node& node, ValueId labels) {
  if (node.op != Op::loss || node.inputs.at(1) != labels) return false;
  const LossKind kind = options_of<LossOptions>(node).kind;
  return kind == LossKind::cross_entropy || kind == LossKind::ohem || kind == LossKind::focal;
}

}  // namespace

Graph with_boundary_weights(const Graph& graph, const BoundaryWeightOptions& options) {
  const ValueId labels = find_node(graph, "labels").output;
  if (std::ranges::none_of(graph.nodes, [&](const Node& node) { return is_mean_over(node, labels); }))
    throw std::logic_error("[with_boundary_weights] there is no loss that is a mean over pixels");
  Graph result;
  result.num_values = graph.num_values;
  result.outputs = graph.outputs;
  const auto known = std::ranges::find(graph.nodes, "distances", &Node::name);
  const bool is_known = known != graph.nodes.end();
  Node distances = is_known ? *known : find_node(graph, "labels");
  if (!is_known) {
    distances.name = "distances";
    distances.output = result.num_values++;
  }
  const ValueId weights = result.num_values++;
  result.nodes = {distances, {Op::boundary_weight, "boundary_weight", {distances.output}, weights, options}};
  for (const Node& node : graph.nodes) {
    if (node.name == distances.name) continue;
    result.nodes.push_back(node);
    if (is_mean_over(node, labels)) result.nodes.back().inputs.push_back(weights);
  }
  return result;
}

}  // namespace seg
