// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <vector>

#include "graph/memory_plan.h"
#include "graph/passes.h"
#include "graph/plan.h"
#include "graph/shapes.h"

namespace seg {
namespace {

// Which maps are large beside others depends on the network, hardly on the size of its image.
constexpr InputSize kUsualSize{.images = 1, .height = 512, .width = 1024, .points = 2048};

constexpr std::int64_t kParts = 20;  // a result of this part of what a step holds at its peak is large

}  // namespace

Graph with_recomputed_norms(const Graph& graph) {
  const auto is_trained = [](const Node& node) {
    return node.op == Op::batch_norm && !options_of<BatchNormOptions>(node).inference;
  };
  if (std::ranges::none_of(graph.nodes, is_trained)) return graph;  // it may have no derivative
  Graph result = graph;
  const std::vector<Shape> sizes = shapes(graph, kUsualSize);
  const std::int64_t peak = plan_memory(graph, differentiate(graph), kUsualSize, {}).peak_bytes;
  const NumberBytes bytes;
  for (Node& node : result.nodes) {
    if (!is_trained(node)) continue;
    const Shape& shape = sizes[static_cast<std::size_t>(node.output)];
    std::get<BatchNormOptions>(node.options).recompute = element_count(shape) * bytes.full * kParts >= peak;
  }
  return result;
}

}  // namespace seg
