// SPDX-License-Identifier: Apache-2.0
// State dicts as lists of "name shape", in order.
#pragma once
#include <string>
#include <vector>

#include "graph/graph.h"

namespace seg::testing {

std::vector<std::string> state_dict_of(const Graph& graph);

// From lines "NAME SHAPE" or "NAME SHAPE+bias" of convolutions and "NAME norm CHANNELS" of BatchNorms.
std::vector<std::string> state_dict_of_modules(const std::string& lines);

}  // namespace seg::testing
