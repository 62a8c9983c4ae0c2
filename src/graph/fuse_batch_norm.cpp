// SPDX-License-Identifier: Apache-2.0
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/passes.h"
#include "graph/rewrite.h"

namespace seg {
namespace {

bool is_relu(const Node& node) {
  return node.op == Op::activation && options_of<ActivationOptions>(node).kind == ActivationKind::relu;
}

}  // namespace

Graph fuse_batch_norm(const Graph& graph) {
  const std::vector<int> num_readers = reader_counts(graph);
  Graph result;
  result.outputs = graph.outputs;
  result.num_values = graph.num_values;
  std::unordered_map<ValueId, std::size_t> norms;  // places in the result, by value
  std::vector<std::pair<ValueId, ValueId>> removed;
  for (const Node& node : graph.nodes) {
    if (is_relu(node)) {
      const ValueId from = node.inputs[0];
      const auto norm = norms.find(from);
      if (norm != norms.end() && num_readers[static_cast<std::size_t>(from)] == 1) {
        std::get<BatchNormOptions>(result.nodes[norm->second].options).relu = true;
        removed.emplace_back(node.output, from);
        continue;
      }
    }
    const bool is_plain_norm = node.op == Op::batch_norm && !options_of<BatchNormOptions>(node).relu;
    if (is_plain_norm) norms[node.output] = result.nodes.size();
    result.nodes.push_back(node);
  }
  for (const auto& [from, to] : removed) replace_reads(result, from, to);
  return result;
}

}  // namespace seg
