// SPDX-License-Identifier: Apache-2.0
// Whether a pass leaves a network what it is: in double precision, on plain arrays.
#pragma once
#include "graph/graph.h"

namespace seg::testing {

// Outputs and all gradients of both graphs, for random inputs of kRandomGraphInput's size; each BatchNorm is updated
// once. Names and values that remain are the same ones.
void expect_equal_networks(const Graph& before, const Graph& after, std::uint64_t seed, double tolerance);

}  // namespace seg::testing
