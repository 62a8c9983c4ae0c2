// SPDX-License-Identifier: Apache-2.0
// How an image that is too large to be predicted at once is cut into tiles, and how much each tile says of each pixel.
//
// Along each axis on its own; a tile is a span of rows times a span of columns, its weights are the products. Near a
// border that lies inside the image a network sees less than it would in the whole image, so what it says there counts
// nothing: a quarter of the overlap on either side. In between the weights of neighbours go over into each other, and
// the weights of all spans add up to 1 at every pixel. So a network that looks no further than a quarter of the overlap
// (its receptive field is at most half of the overlap) gives in tiles what it gives in the whole image. Pure functions.
#pragma once
#include <cstdint>
#include <vector>

namespace seg {

struct TileSpan {
  std::int64_t begin = 0, length = 0;
  std::vector<float> weights{};  // one for each of its pixels

  std::int64_t end() const noexcept { return begin + length; }
};

struct TileAxis {
  std::int64_t size = 0;     // of the image; a multiple of `step`
  std::int64_t tile = 0;     // a multiple of `step`
  std::int64_t overlap = 0;  // neighbours have at least this in common; a multiple of `step`, less than `tile`
  std::int64_t step = 1;     // spans begin at multiples of it: a network with strides sees the grid of the whole image
};

// In ascending order, evenly spread, all of the same length: `tile`, or the image's size if that is less.
// std::logic_error if the numbers do not go together.
std::vector<TileSpan> tile_spans(const TileAxis& axis);

// A quarter of the tile, rounded up to a multiple of `step`; 0 for a tile of one step.
std::int64_t standard_overlap(std::int64_t tile, std::int64_t step);

}  // namespace seg
