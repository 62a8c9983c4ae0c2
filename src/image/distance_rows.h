// SPDX-License-Identifier: Apache-2.0
// The second half of image/distance_map.h: from distances within columns to distances in the plane, along a few rows at
// once. The squared distance of column x of a row is the least of
//   column(s)^2 + (s - x)^2
// over all columns s. The column of which it comes never moves left while x moves right. So a pixel between two others
// looks only at the columns between theirs: every eighth pixel is found by halving, and those between two at once. Each
// lane of a vector holds a row, all lanes look at the same columns: those that any of them may need.
//
// Squares are of 16 or 32 bits and start from those of image/distance_columns.h. Vector code: the results are the same
// at every level of instructions. Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace seg {

struct ColumnRange {
  std::ptrdiff_t first = 0, last = 0;
};

// How much there is of what a group of rows needs. `limit` is below kNoSource.
template <class Square>
struct RowGroupLayout {
  RowGroupLayout(std::size_t width, Square limit);

  std::size_t width;      // > 0
  Square limit;           // what is larger than it comes out as anything that is
  std::ptrdiff_t reach;   // no column further away matters
  std::size_t num_rows;   // by the processor
  std::size_t pitch;      // of rows, in values: whole blocks, and no two rows of a group in the same places of a cache
  std::size_t num_nodes;  // every eighth column, and one at or behind the last
  std::size_t num_offsets;  // values in the table of squared offsets
  std::size_t num_columns;  // width, in whole steps from node to node
};

// Memory for it, aligned to 64 bytes.
template <class Square>
struct RowGroup {
  Square* rows = nullptr;         // [num_rows][pitch]: squared distances within columns; becomes those in the plane
  Square* offsets = nullptr;      // [num_offsets], see write_offsets()
  Square* columns = nullptr;      // [num_columns][num_rows], scratch
  Square* nodes = nullptr;        // [num_nodes][num_rows], scratch
  ColumnRange* ranges = nullptr;  // [num_nodes], scratch
  ColumnRange* filled = nullptr;  // [num_nodes], scratch
};

template <class Square>
void write_offsets(const RowGroupLayout<Square>& layout, Square* offsets);

void find_in_rows(const RowGroupLayout<std::uint16_t>& layout, const RowGroup<std::uint16_t>& group) noexcept;
void find_in_rows(const RowGroupLayout<std::uint32_t>& layout, const RowGroup<std::uint32_t>& group) noexcept;

}  // namespace seg
