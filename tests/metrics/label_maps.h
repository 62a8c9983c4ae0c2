// SPDX-License-Identifier: Apache-2.0
// Small label maps, drawn as text or at random, and plain descriptions of what lies in them, pixel by pixel.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/random.h"
#include "image/image.h"
#include "metrics/boundary_runs.h"

namespace seg::testing {

constexpr std::uint8_t kIgnored = 255;

// Digits are classes, anything else is ignored.
inline LabelMap map_of(const std::vector<std::string>& rows) {
  LabelMap map(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().size()));
  for (std::size_t y = 0; y < rows.size(); ++y)
    for (std::size_t x = 0; x < rows[y].size(); ++x) {
      const char c = rows[y][x];
      map.row(static_cast<std::int64_t>(y))[x] = c >= '0' && c <= '9' ? static_cast<std::uint8_t>(c - '0') : kIgnored;
    }
  return map;
}

struct RandomMap {
  std::int64_t height = 1, width = 1;
  std::uint64_t num_classes = 3;
  std::uint64_t ignored_percent = 0;
  std::int64_t block = 1;  // side of the squares of one class
};

inline LabelMap random_map(const RandomMap& shape, std::uint64_t seed) {
  LabelMap map(shape.height, shape.width);
  const std::int64_t blocks_in_row = shape.width / shape.block + 1;
  for (std::int64_t y = 0; y < shape.height; ++y)
    for (std::int64_t x = 0; x < shape.width; ++x) {
      Random random(seed, RandomStream::synthetic,
                    static_cast<std::uint64_t>(y / shape.block * blocks_in_row + x / shape.block));
      const bool is_ignored = random.below(100) < shape.ignored_percent;
      map.row(y)[static_cast<std::size_t>(x)] =
          is_ignored ? kIgnored : static_cast<std::uint8_t>(random.below(shape.num_classes));
    }
  return map;
}

// Odd sides, sides of one pixel, more than a machine word, blocks and noise, with and without ignored pixels.
inline std::vector<RandomMap> shapes_of_maps() {
  std::vector<RandomMap> shapes;
  for (const auto& [height, width] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {1, 9}, {9, 1}, {2, 3}, {7, 5}, {11, 70}, {30, 17}})
    for (const std::uint64_t ignored_percent : {0, 20, 90})
      for (const std::int64_t block : {1, 4})
        shapes.push_back(
            {.height = height, .width = width, .num_classes = 4, .ignored_percent = ignored_percent, .block = block});
  return shapes;
}

// The class at a place of the map, as far as it counts: -1 for ignored pixels, -2 beyond the frame.
inline int class_at(const LabelMap& classes, const LabelMap& labels, std::int64_t y, std::int64_t x) {
  if (y < 0 || y >= labels.height() || x < 0 || x >= labels.width()) return -2;
  if (labels.row(y)[static_cast<std::size_t>(x)] == kIgnored) return -1;
  return classes.row(y)[static_cast<std::size_t>(x)];
}

inline bool is_boundary(const LabelMap& classes, const LabelMap& labels, std::int64_t y, std::int64_t x) {
  const int own = class_at(classes, labels, y, x);
  if (own < 0) return false;
  for (const auto& [dy, dx] : std::vector<std::pair<int, int>>{{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
    const int other = class_at(classes, labels, y + dy, x + dx);
    if (other >= 0 && other != own) return true;
  }
  return false;
}

inline BoundaryRuns runs_of(const LabelMap& classes, const LabelMap& labels) {
  CountedClasses counted;
  counted.take(classes, labels, kIgnored);
  BoundaryRuns runs;
  runs.find(counted);
  return runs;
}

}  // namespace seg::testing
