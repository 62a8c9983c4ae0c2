// SPDX-License-Identifier: Apache-2.0
// The first half of image/distance_map.h: which pixels of a row are sources, and how far each pixel is from the nearest
// source in its own column, found by one walk down the map and one up.
//
// A row of marks has 0 for a source and 255 for any other pixel. Distances within columns have 8 or 16 bits; their
// largest value stands for all that are as large, and for a column without a source. Rows are read and written up to a
// multiple of kDistanceBlock pixels. Vector code: the results are the same at every level of instructions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace seg {

inline constexpr std::size_t kDistanceBlock = 64;

constexpr std::size_t in_distance_blocks(std::size_t pixels) noexcept {
  return (pixels + kDistanceBlock - 1) / kDistanceBlock * kDistanceBlock;
}

// Squares have twice the bits of what is squared.
template <class Square>
using ColumnDistance = std::conditional_t<sizeof(Square) == 2, std::uint8_t, std::uint16_t>;

// The square for columns without a source: more than any limit, and squares of offsets can still be added to it.
template <class Square>
inline constexpr Square kNoSource = sizeof(Square) == 2 ? std::numeric_limits<Square>::max() : Square{1} << 31;

// Labels; at each end of `row` one more pixel is read.
struct LabelRows {
  const std::uint8_t *above = nullptr, *row = nullptr, *below = nullptr;
  std::size_t width = 0;
};

// Pixels of a label that have one of another label above, below, before or behind them; `ignored` is no label.
void mark_boundaries(const LabelRows& rows, std::uint8_t ignored, std::uint8_t* marks) noexcept;
void mark_label(const LabelRows& rows, std::uint8_t label, std::uint8_t* marks) noexcept;
void mark_other_labels(const LabelRows& rows, std::uint8_t label, std::uint8_t ignored, std::uint8_t* marks) noexcept;

// Distances to sources at or above a row, from those of the row above, or those at or below it from the row below.
void walk_column(const std::uint8_t* marks, const std::uint8_t* before, std::uint8_t* row, std::size_t width) noexcept;
void walk_column(const std::uint8_t* marks, const std::uint16_t* before, std::uint16_t* row,
                 std::size_t width) noexcept;

// The way back: `row` holds the distances of the row before and becomes those of this one, of which `down` knows what
// comes from the other side. `squares` are theirs.
void walk_column_back(const std::uint8_t* down, std::uint8_t* row, std::uint16_t* squares, std::size_t width) noexcept;
void walk_column_back(const std::uint16_t* down, std::uint16_t* row, std::uint32_t* squares,
                      std::size_t width) noexcept;

}  // namespace seg
