// SPDX-License-Identifier: Apache-2.0
#include "graph/rewrite.h"

#include <algorithm>

namespace seg {

std::vector<int> reader_counts(const Graph& graph) {
  std::vector<int> counts(static_cast<std::size_t>(graph.num_values));
  const auto count = [&](ValueId value) {
    if (value != kNoValue) ++counts[static_cast<std::size_t>(value)];
  };
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) count(input);
  }
  for (const Output& output : graph.outputs) count(output.value);
  return counts;
}

bool is_plain_3x3(const Node& node) {
  if (node.op != Op::convolution) return false;
  const auto& o = options_of<ConvolutionOptions>(node);
  return o.kernel == 3 && o.stride == 1 && o.padding == 1 && o.dilation == 1 && o.groups == 1 && !o.bias;
}

void replace_reads(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  for (Output& output : graph.outputs) {
    if (output.value == from) output.value = to;
  }
}

}  // namespace seg
