// SPDX-License-Identifier: Apache-2.0
// What kernels take beside their results while a step of a plan runs: for forecasts of memory.
//
// Of the engine's own kernels as they are written, of the library's convolutions as measured (copies of weights and, in
// half precision, of a gradient, in the library's layouts). On CPUs. The engine's arena is held against it by a test.
// Pure functions.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/cost.h"
#include "graph/plan.h"
#include "graph/shapes.h"

namespace seg {

// By step: the forward ones, then the backward ones, as in MemoryPlan.
std::vector<std::int64_t> workspace_bytes(const Graph& graph, const Plan& plan, const InputSize& size,
                                          const NumberBytes& bytes, std::int64_t threads);

}  // namespace seg
