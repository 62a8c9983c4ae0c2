// SPDX-License-Identifier: Apache-2.0
// What `segtrain model` prints, as data: one row a layer in execution order, and the sums.
//
// A row stands for a node that works on the image; casts of weights are no rows. A parameter is counted in the first
// row that reads it. Pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/cost.h"
#include "graph/graph.h"
#include "graph/shapes.h"

namespace seg {

struct LayerRow {
  std::string name, op;
  Shape shape;  // of the value it gives
  std::int64_t parameters = 0, macs = 0, bytes = 0;
};

struct Summary {
  std::vector<LayerRow> layers;
  std::int64_t parameters = 0, macs = 0, bytes = 0;
};
Summary summarize(const Graph& graph, const InputSize& size, const NumberBytes& bytes = {});

}  // namespace seg
