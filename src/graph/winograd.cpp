// SPDX-License-Identifier: Apache-2.0
#include "graph/winograd.h"

#include "base/rounding.h"
#include "graph/rewrite.h"

namespace seg {
namespace {

// With fewer tiles of 4x4 outputs than this, transforming the weight costs more than the fewer products save. Measured
// with 16 to 1024 channels, with AVX2 and AVX-512, on one thread and two (bench/kernels_bench.cpp has the layers of
// BiSeNetV2).
constexpr std::int64_t kFewestTiles = 64;

std::int64_t tiles_of(const Shape& map, std::int64_t outputs) {
  return map[0] * divided_up(map[2], outputs) * divided_up(map[3], outputs);
}

}  // namespace

Graph with_winograd_convolutions(Graph graph) {
  const std::vector<const Node*> writer = writers(graph);
  for (Node& node : graph.nodes) {
    if (!is_plain_3x3(node)) continue;
    const Node& weight = *writer[static_cast<std::size_t>(node.inputs[1])];
    if (weight.op != Op::parameter) continue;
    auto& o = std::get<ConvolutionOptions>(node.options);
    const std::int64_t in_channels = options_of<ParameterOptions>(weight).shape[1];
    o.winograd = in_channels % kWinogradChannels == 0 && o.out_channels % kWinogradChannels == 0;
  }
  return graph;
}

bool uses_winograd(const ConvolutionOptions& options, const Shape& map) {
  return options.winograd && tiles_of(map, 4) >= kFewestTiles;
}

std::int64_t winograd_macs(const Shape& weight, const Shape& output, std::int64_t outputs) {
  const std::int64_t window = outputs + 2;  // along a side of what a tile reads
  return tiles_of(output, outputs) * window * window * weight[0] * weight[1];
}

}  // namespace seg
