// SPDX-License-Identifier: Apache-2.0
// The operations and their vector-Jacobian products in double precision, written to be seen to be right.
#pragma once
#include <vector>

#include "tests/graph/interpreter.h"

namespace seg::testing {

// Operands: the values of the node's inputs, an empty array where one is absent or only its shape is known.
// Results: the output, then what derivative_of(node) saves.
std::vector<Array> evaluate(const Node& node, const std::vector<Array>& operands, const Shape& output);

// The output of a BatchNorm from what StepKind::recompute reads.
Array normalize_again(const Node& node, const std::vector<Array>& operands);

// Operands: the gradient of the output, then what derivative_of(node) reads, in the order of StepKind::vjp.
// Results: one gradient an input; empty where there is none.
std::vector<Array> product(const Node& node, const std::vector<Array>& operands, const std::vector<Shape>& inputs,
                           const Shape& output);

}  // namespace seg::testing
