// SPDX-License-Identifier: Apache-2.0
// What looking at images takes of memory while a network does it: for forecasts, and for the size of tiles.
//
// Counted: what the network derives from its parameters, its values, what kernels take beside them, and what follows
// the network. Not counted: the parameters, and images and classes on their way in and out. On CPUs the engine's arena
// is held against it by a test. Pure functions.
#pragma once
#include <cstdint>

#include "graph/cost.h"
#include "graph/plan.h"
#include "graph/shapes.h"

namespace seg {

struct LookedAt {
  InputSize size{};     // all images together, their sides as the network gets them
  NumberBytes bytes{};  // of its numbers
  std::int64_t threads = 1;
  bool as_logits = false;  // at the images' size: for probabilities, on GPUs, or where they are resized
  bool resizes = false;    // and they are made once more, at a size that the network cannot divide
};

// `plan`: the graph's forward_plan(); the network has one output.
std::int64_t image_memory(const Graph& graph, const Plan& plan, const LookedAt& looked_at);

}  // namespace seg
