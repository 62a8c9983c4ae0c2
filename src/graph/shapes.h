// SPDX-License-Identifier: Apache-2.0
// Shapes of all values of a graph for one size of input.
//
// Pure functions. Operands that do not fit together (add of unequal maps, a kernel larger than its map) are
// std::logic_error with the node's name; a size that the network cannot take is refused for the user by
// check_image_size() before anything runs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace seg {

struct InputSize {
  std::int64_t images = 1, height = 0, width = 0;  // N, H, W of the image
  std::int64_t points = 0;                         // P of point inputs, per image
};

// By value; empty also where the id is unused. Of a loss and of num_batches_tracked: {} (one number).
std::vector<Shape> shapes(const Graph& graph, const InputSize& size);

std::int64_t element_count(const Shape& shape);  // 1 for {}
std::string to_string(const Shape& shape);       // "4x19x32x64"; "1" for {}

// UserError unless both sides are multiples of the divisor; the remedy names the nearest sizes that are.
void check_image_size(std::int64_t height, std::int64_t width, std::int64_t divisor, const std::string& where);

}  // namespace seg
