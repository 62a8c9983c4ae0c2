// SPDX-License-Identifier: Apache-2.0
// What a graph costs: parameters, multiply-accumulates, bytes of activations; per node and in sum.
//
// Multiply-accumulates (MACs) are those of convolutions in one forward pass; a training step costs about three times as
// many. Of a convolution by Winograd's algorithm its fewer products are counted. Buffers
// (running statistics) are not counted as parameters. Pure functions.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "graph/shapes.h"

namespace seg {

// Bytes of one number of each type.
struct NumberBytes {
  std::int64_t full = 4, compute = 4;
  std::int64_t of(NumberType type) const;
};

struct Cost {
  std::int64_t parameters = 0;        // of a parameter node: its trainable numbers
  std::int64_t macs = 0;              // for the whole batch
  std::int64_t activation_bytes = 0;  // of the value it writes; 0 for parameters
};

std::vector<Cost> costs(const Graph& graph, const InputSize& size, const NumberBytes& bytes = {});  // by node
Cost total_cost(const Graph& graph, const InputSize& size, const NumberBytes& bytes = {});
std::int64_t count_parameters(const Graph& graph);

}  // namespace seg
