// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_columns.h"

#include <algorithm>
#include <cstddef>

#include "engine/kernels/axis.h"

namespace seg::kernels {
namespace {

struct Pixel {
  std::int32_t x;
  float t;
};
using Cell = std::vector<Pixel>;

std::vector<Cell> cells_of(std::int64_t from, std::int64_t to, const UpsampleRule& rule) {
  const AxisTable<float> axis = axis_table<float>(from, to, rule.mode, rule.align_corners);
  std::vector<Cell> cells(static_cast<std::size_t>(from));
  for (std::size_t x = 0; x < axis.left.size(); ++x) {
    const bool has_neighbour = axis.right[x] != axis.left[x];
    cells[static_cast<std::size_t>(axis.left[x])].push_back(
        {static_cast<std::int32_t>(x), has_neighbour ? axis.t[x] : 0.0F});
  }
  // What lies left of the first cell's centre fills the room that the last cell has.
  Cell &first = cells.front(), &last = cells.back();
  std::size_t moved = 0;
  while (moved < first.size() && first[moved].t == 0.0F && first.size() - moved > last.size() + 1)
    last.push_back({first[moved++].x, 1.0F});
  first.erase(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(moved));
  return cells;
}

}  // namespace

LossColumns loss_columns(std::int64_t from, std::int64_t to, const UpsampleRule& rule) {
  const std::vector<Cell> cells = cells_of(from, to, rule);
  constexpr auto kWidth = static_cast<std::size_t>(kLossCells);
  LossColumns columns;
  for (std::size_t begin = 0; begin < cells.size(); begin += kWidth) {
    const std::size_t end = std::min(cells.size(), begin + kWidth);
    std::size_t num_slots = 0;
    for (std::size_t cell = begin; cell < end; ++cell) num_slots = std::max(num_slots, cells[cell].size());
    columns.groups.push_back({columns.num_slots, static_cast<std::int64_t>(num_slots)});
    columns.num_slots += static_cast<std::int64_t>(num_slots);
    for (std::size_t slot = 0; slot < num_slots; ++slot)
      for (std::size_t lane = 0; lane < kWidth; ++lane) {
        const bool is_pixel = begin + lane < end && slot < cells[begin + lane].size();
        const Pixel pixel = is_pixel ? cells[begin + lane][slot] : Pixel{-1, 0.0F};
        columns.x.push_back(pixel.x);
        columns.t.push_back(pixel.t);
      }
  }
  return columns;
}

}  // namespace seg::kernels
