// SPDX-License-Identifier: Apache-2.0
// The bytes that a plan's slots take, step by step, for one size of input and one precision: known before step 1.
//
// Counted: every slot that a step writes, from that step until it is released, by shape times bytes of its type; an
// in-place result takes over its operand's bytes. Not counted: what comes from outside (inputs, parameters, the
// caller's output gradients), the allocator's rounding, and what kernels take beside, unless it is given
// (workspace.h). Without that the engine's own accounting gives the same numbers. Pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/cost.h"
#include "graph/plan.h"
#include "graph/shapes.h"

namespace seg {

struct MemoryPlan {
  std::vector<std::int64_t> live_bytes;  // while step i runs, before its releases; forward steps, then backward ones
  std::int64_t peak_bytes = 0;
  std::size_t peak_step = 0;
};

std::vector<std::int64_t> slot_bytes(const Graph& graph, const Plan& plan, const InputSize& size,
                                     const NumberBytes& bytes);  // by slot
// What all steps but the derived ones read and write, each operand and each result of a step once: parameters and
// inputs too.
std::int64_t moved_bytes(const Graph& graph, const Plan& plan, const InputSize& size, const NumberBytes& bytes);

// `workspace`: bytes by step that come on top while it runs; empty: none.
MemoryPlan plan_memory(const Graph& graph, const Plan& plan, const InputSize& size, const NumberBytes& bytes,
                       const std::vector<std::int64_t>& workspace = {});

}  // namespace seg
