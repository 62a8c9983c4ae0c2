// SPDX-License-Identifier: Apache-2.0
// with_phase_convolutions(): after a doubling by repetition, the three taps of a row fall on two different pixels.
//
// An even row of the result reads low rows i - 1, i with weights w0, w1 + w2; an odd one i, i + 1 with w0 + w1, w2;
// columns alike. So each of the four parities is a 2x2 convolution of the small map. All four are one convolution with
// padding 1, whose result has a row and a column more than the small map: parity (p, q) at (i, j) is at (i + p, j + q).
#include <vector>

#include "graph/passes.h"
#include "graph/rewrite.h"

namespace seg {
namespace {

bool is_doubling(const Node& node) {
  if (node.op != Op::upsample) return false;
  const auto& o = options_of<UpsampleOptions>(node);
  return o.factor == 2 && o.mode == Interpolation::nearest;
}

void append_phases(const Node& convolution, ValueId small_map, Graph& graph) {
  const ValueId weight = graph.num_values++, phases = graph.num_values++;
  const ConvolutionOptions of_phases{
      .out_channels = 4 * options_of<ConvolutionOptions>(convolution).out_channels, .kernel = 2, .padding = 1};
  graph.nodes.push_back({Op::phase_weight, convolution.name + ".phase_weight", {convolution.inputs[1]}, weight, {}});
  graph.nodes.push_back(
      {Op::convolution, convolution.name + ".phases", {small_map, weight, kNoValue}, phases, of_phases});
  graph.nodes.push_back({Op::join_phases, convolution.name, {phases}, convolution.output, {}});
}

}  // namespace

Graph with_phase_convolutions(const Graph& graph) {
  const std::vector<const Node*> writer = writers(graph);
  std::vector<int> num_readers = reader_counts(graph);
  Graph result;
  result.outputs = graph.outputs;
  result.num_values = graph.num_values;
  for (const Node& node : graph.nodes) {
    const Node* const doubling = is_plain_3x3(node) ? writer[static_cast<std::size_t>(node.inputs[0])] : nullptr;
    if (doubling == nullptr || !is_doubling(*doubling)) {
      result.nodes.push_back(node);
      continue;
    }
    append_phases(node, doubling->inputs[0], result);
    --num_readers[static_cast<std::size_t>(doubling->output)];
  }
  std::erase_if(result.nodes, [&](const Node& node) {
    return is_doubling(node) && num_readers[static_cast<std::size_t>(node.output)] == 0;
  });
  return result;
}

}  // namespace seg
