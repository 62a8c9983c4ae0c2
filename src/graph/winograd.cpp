// SPDX-License-Identifier: Apache-2.0
#include "graph/winograd.h"

namespace seg {
namespace {

constexpr std::int64_t kOutputs = 4;           // along a side of a tile
constexpr std::int64_t kProducts = 36;         // of a tile, for a pair of channels
constexpr std::int64_t kChannelMultiple = 16;  // of the kernels

// With fewer tiles than this, transforming the weight costs more than the fewer products save. Measured with 16 to 1024
// channels, with AVX2 and AVX-512, on one thread and two (bench/convolution_bench.cpp).
constexpr std::int64_t kFewestTiles = 64;

std::int64_t tiles_of(const Shape& map) {
  return map[0] * ((map[2] + kOutputs - 1) / kOutputs) * ((map[3] + kOutputs - 1) / kOutputs);
}

}  // namespace

Graph with_winograd_convolutions(Graph graph) {
  const std::vector<const Node*> writer = writers(graph);
  for (Node& node : graph.nodes) {
    if (node.op != Op::convolution) continue;
    auto& o = std::get<ConvolutionOptions>(node.options);
    const Node& weight = *writer[static_cast<std::size_t>(node.inputs[1])];
    if (weight.op != Op::parameter || o.kernel != 3 || o.stride != 1 || o.padding != 1 || o.dilation != 1 ||
        o.groups != 1 || o.bias)
      continue;
    const std::int64_t in_channels = options_of<ParameterOptions>(weight).shape[1];
    o.winograd = in_channels % kChannelMultiple == 0 && o.out_channels % kChannelMultiple == 0;
  }
  return graph;
}

bool uses_winograd(const ConvolutionOptions& options, const Shape& map) {
  return options.winograd && tiles_of(map) >= kFewestTiles;
}

std::int64_t winograd_macs(const Shape& weight, const Shape& output) {
  return tiles_of(output) * kProducts * weight[0] * weight[1];
}

}  // namespace seg
