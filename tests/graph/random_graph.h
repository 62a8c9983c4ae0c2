// SPDX-License-Identifier: Apache-2.0
// Graphs drawn at random, for properties that must hold for every graph: branches, values with many readers, operands
// that are one value twice, broadcasts, dead ends, shared norms of 1x1 maps, outputs that are read on.
#pragma once
#include <cstdint>

#include "graph/graph.h"
#include "graph/shapes.h"
#include "tests/graph/interpreter.h"

namespace seg::testing {

inline constexpr InputSize kRandomGraphInput{.images = 2, .height = 8, .width = 8};

struct RandomGraphOptions {
  int num_operations = 14;
  bool for_losses = false;  // outputs are logits of the image's size or of a whole fraction of it
};
Graph random_graph(std::uint64_t seed, const RandomGraphOptions& options = {});

// Values for every input and parameter, labels included (a few of them ignored).
Arrays random_leaves(const Graph& graph, std::uint64_t seed, std::int64_t num_classes = 2);

Array random_array(const Shape& shape, std::uint64_t seed);  // normal

}  // namespace seg::testing
