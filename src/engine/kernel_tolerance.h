// SPDX-License-Identifier: Apache-2.0
// What a trial of a kernel compares with the composite, and how much of a difference rounding explains.
//
// Pure. Differences are those of kernel_trial.h: norms over norms.
#pragma once
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace seg {

enum class ResultKind : std::uint8_t {
  output,
  statistic,           // of a batch normalisation: the batch's and the running ones
  map_gradient,        // of the first operand
  parameter_gradient,  // of weight, bias, scale or shift
  count                // whole numbers
};

struct TrialResult {
  std::string name;
  ResultKind kind;
};

// What the node gives, in order: its output; in training what it saves, the gradients of its operands, and of a batch
// normalisation what it updates.
std::vector<TrialResult> trial_results(const Node& node, bool training);

// x: the first operand's shape; type: of its numbers.
double tolerance(const Node& node, ResultKind kind, const Shape& x, at::ScalarType type);

}  // namespace seg
