// SPDX-License-Identifier: Apache-2.0
// What passes that replace nodes share. Pure but for the graph that is given to be changed.
#pragma once
#include <vector>

#include "graph/graph.h"

namespace seg {

// By value: how many operands and outputs of the graph it is.
std::vector<int> reader_counts(const Graph& graph);

// A convolution of 3x3, stride 1 and padding 1, without dilation, groups and bias.
bool is_plain_3x3(const Node& node);

// Readers of `from`, outputs too, read `to` instead.
void replace_reads(Graph& graph, ValueId from, ValueId to);

}  // namespace seg
