// SPDX-License-Identifier: Apache-2.0
// Which columns of pixels lie between which two columns of logits, as the lanes of vectors want it.
//
// A lane is a column of logits (a cell) and holds the pixels between it and the next one; kLossCells neighbouring
// cells are a group. The first pixel of each of them is the group's first slot, the second of each the second slot,
// and so on: neighbouring lanes read neighbouring logits. The last cell's neighbour is the first cell, so that it takes
// pixels from both edges of the map, which have no neighbour: at the right edge with t = 0, at the left one with t = 1.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace seg::kernels {

inline constexpr std::int64_t kLossCells = 16;

struct LossColumns {
  struct Group {
    std::int64_t first_slot = 0, num_slots = 0;
  };
  std::vector<Group> groups;
  std::int64_t num_slots = 0;   // of all groups
  std::vector<std::int32_t> x;  // [slots][kLossCells]: a pixel's column; -1 where there is none
  std::vector<float> t;         // [slots][kLossCells]: its logits are (1 - t) * cell + t * next cell
};

// from: columns of logits; to: columns of pixels.
LossColumns loss_columns(std::int64_t from, std::int64_t to, const UpsampleRule& rule);

}  // namespace seg::kernels
