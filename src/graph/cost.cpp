// SPDX-License-Identifier: Apache-2.0
#include "graph/cost.h"

#include <stdexcept>

#include "graph/winograd.h"

namespace seg {
namespace {

// One for every product of a weight with an input, padding included; the algorithm is the definition's.
std::int64_t convolution_macs(const Shape& weight, const Shape& output) {
  return element_count(output) * weight[1] * weight[2] * weight[3];
}

}  // namespace

std::int64_t NumberBytes::of(NumberType type) const {
  switch (type) {
    case NumberType::full: return full;
    case NumberType::compute: return compute;
    case NumberType::byte: return 1;
    case NumberType::word: return 2;
    case NumberType::index: return 8;
  }
  throw std::logic_error("[graph] a number of no type");
}

std::vector<Cost> costs(const Graph& graph, const InputSize& size, const NumberBytes& bytes) {
  const std::vector<Shape> shapes = seg::shapes(graph, size);
  const std::vector<NumberType> types = number_types(graph);
  std::vector<Cost> result;
  result.reserve(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    const auto output = static_cast<std::size_t>(node.output);
    Cost cost;
    if (node.op == Op::parameter) {
      cost.parameters = is_trainable(node) ? element_count(shapes[output]) : 0;
    } else {
      cost.activation_bytes = element_count(shapes[output]) * bytes.of(types[output]);
    }
    if (node.op == Op::convolution) {
      const Shape& weight = shapes[static_cast<std::size_t>(node.inputs[1])];
      const std::int64_t outputs = winograd_outputs(bytes.of(types[output]));
      const bool is_winograd = outputs > 0 && uses_winograd(options_of<ConvolutionOptions>(node), shapes[output]);
      cost.macs =
          is_winograd ? winograd_macs(weight, shapes[output], outputs) : convolution_macs(weight, shapes[output]);
    }
    result.push_back(cost);
  }
  return result;
}

Cost total_cost(const Graph& graph, const InputSize& size, const NumberBytes& bytes) {
  Cost total;
  for (const Cost& cost : costs(graph, size, bytes)) {
    total.parameters += cost.parameters;
    total.macs += cost.macs;
    total.activation_bytes += cost.activation_bytes;
  }
  return total;
}

std::int64_t count_parameters(const Graph& graph) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) {
    if (is_trainable(node)) count += element_count(options_of<ParameterOptions>(node).shape);
  }
  return count;
}

}  // namespace seg
