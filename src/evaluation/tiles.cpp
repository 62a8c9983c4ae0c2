// SPDX-License-Identifier: Apache-2.0
#include "evaluation/tiles.h"

#include <algorithm>
#include <stdexcept>

namespace seg {
namespace {

// What a tile says of a pixel whose centre lies `distance` pixels inside of the tile's border.
double ramp(double distance, std::int64_t overlap) {
  const double silent = static_cast<double>(overlap) / 4;
  if (overlap == 0) return 1;
  return std::clamp((distance - silent) / (2 * silent), 0.0, 1.0);
}

void check(const TileAxis& axis) {
  const auto is_multiple = [&](std::int64_t value) { return value % axis.step == 0; };
  if (axis.step < 1 || axis.size < 1 || axis.tile < 1 || axis.overlap < 0 || axis.overlap >= axis.tile ||
      !is_multiple(axis.size) || !is_multiple(axis.tile) || !is_multiple(axis.overlap))
    throw std::logic_error("[tiles] an image, a tile and an overlap that do not go together");
}

std::vector<TileSpan> begins(const TileAxis& axis) {
  if (axis.tile >= axis.size) return {{.begin = 0, .length = axis.size}};
  const std::int64_t stride = axis.tile - axis.overlap;
  const std::int64_t beyond_first = axis.size - axis.tile;
  const std::int64_t num_more = (beyond_first + stride - 1) / stride;
  std::vector<TileSpan> spans;
  for (std::int64_t i = 0; i <= num_more; ++i)
    spans.push_back({.begin = i * beyond_first / num_more / axis.step * axis.step, .length = axis.tile});
  return spans;
}

}  // namespace

std::vector<TileSpan> tile_spans(const TileAxis& axis) {
  check(axis);
  std::vector<TileSpan> spans = begins(axis);
  std::vector<double> sums(static_cast<std::size_t>(axis.size));
  const auto raw_weight = [&](const TileSpan& span, std::int64_t i) {
    const double center = static_cast<double>(i) + 0.5;
    const double first = span.begin == 0 ? 1 : ramp(center, axis.overlap);
    const double last = span.end() == axis.size ? 1 : ramp(static_cast<double>(span.length) - center, axis.overlap);
    return std::min(first, last);
  };
  for (const TileSpan& span : spans)
    for (std::int64_t i = 0; i < span.length; ++i)
      sums[static_cast<std::size_t>(span.begin + i)] += raw_weight(span, i);
  for (TileSpan& span : spans)
    for (std::int64_t i = 0; i < span.length; ++i)
      span.weights.push_back(static_cast<float>(raw_weight(span, i) / sums[static_cast<std::size_t>(span.begin + i)]));
  return spans;
}

std::int64_t standard_overlap(std::int64_t tile, std::int64_t step) {
  if (tile <= step) return 0;
  return (tile / 4 + step - 1) / step * step;
}

}  // namespace seg
