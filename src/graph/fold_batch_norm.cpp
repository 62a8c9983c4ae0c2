// SPDX-License-Identifier: Apache-2.0
// with_folded_batch_norm(): scale (w x + b - mean) / deviation + shift is a convolution again, of the weight
// w scale / deviation and the bias (b - mean) scale / deviation + shift.
#include <unordered_map>
#include <utility>
#include <vector>

#include "graph/passes.h"
#include "graph/rewrite.h"

namespace seg {
namespace {

// Of a BatchNorm's operands.
constexpr std::size_t kScale = 1, kShift = 2, kMean = 3, kVariance = 4;

bool is_affine(const Node& node) { return node.op == Op::batch_norm && options_of<BatchNormOptions>(node).inference; }

bool is_linear_convolution(const Node& node) {
  return node.op == Op::convolution && !options_of<ConvolutionOptions>(node).relu;
}

void append_folded(Node convolution, const Node& norm, Graph& graph) {
  const ValueId weight = graph.num_values++, bias = graph.num_values++;
  const auto& o = options_of<BatchNormOptions>(norm);
  graph.nodes.push_back({Op::folded_weight,
                         convolution.name + ".folded_weight",
                         {convolution.inputs[1], norm.inputs[kScale], norm.inputs[kVariance]},
                         weight,
                         o});
  graph.nodes.push_back(
      {Op::folded_bias,
       convolution.name + ".folded_bias",
       {convolution.inputs[2], norm.inputs[kScale], norm.inputs[kShift], norm.inputs[kMean], norm.inputs[kVariance]},
       bias,
       o});
  convolution.inputs[1] = weight;
  convolution.inputs[2] = bias;
  auto& own = std::get<ConvolutionOptions>(convolution.options);
  own.bias = true;
  own.relu = o.relu;
  graph.nodes.push_back(std::move(convolution));
}

}  // namespace

Graph with_folded_batch_norm(const Graph& graph) {
  const std::vector<int> num_readers = reader_counts(graph);
  std::unordered_map<ValueId, const Node*> foldable;  // convolutions that one BatchNorm alone reads
  for (const Node& node : graph.nodes) {
    if (is_linear_convolution(node) && num_readers[static_cast<std::size_t>(node.output)] == 1)
      foldable[node.output] = &node;
  }
  std::erase_if(foldable, [&](const auto& entry) {
    for (const Node& node : graph.nodes) {
      if (is_affine(node) && node.inputs[0] == entry.first) return false;
    }
    return true;
  });
  Graph result;
  result.outputs = graph.outputs;
  result.num_values = graph.num_values;
  std::vector<std::pair<ValueId, ValueId>> removed;
  for (const Node& node : graph.nodes) {
    if (foldable.contains(node.output)) continue;  // comes where the BatchNorm is, behind whose parameters it must be
    const auto convolution = is_affine(node) ? foldable.find(node.inputs[0]) : foldable.end();
    if (convolution == foldable.end()) {
      result.nodes.push_back(node);
      continue;
    }
    append_folded(*convolution->second, node, result);
    removed.emplace_back(node.output, node.inputs[0]);
  }
  for (const auto& [from, to] : removed) replace_reads(result, from, to);
  return result;
}

}  // namespace seg
