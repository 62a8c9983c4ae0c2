// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/axis.h"

#include <algorithm>

namespace seg::kernels {

double source_position(double i, std::int64_t from, std::int64_t to, Interpolation mode, bool align_corners) {
  const double ratio = static_cast<double>(from) / static_cast<double>(to);
  if (mode == Interpolation::nearest) return static_cast<double>(static_cast<std::int64_t>(i) * from / to);
  if (align_corners) return to > 1 ? i * static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0.0;
  return std::max(0.0, (i + 0.5) * ratio - 0.5);
}

template <class T>
AxisTable<T> axis_table(std::int64_t from, std::int64_t to, Interpolation mode, bool align_corners,
                        std::int64_t block) {
  AxisTable<T> table;
  for (std::int64_t i = 0; i < to; ++i) {
    const double position = source_position(static_cast<double>(i), from, to, mode, align_corners);
    const std::int64_t left = std::min(static_cast<std::int64_t>(position), from - 1);
    const std::int64_t right = std::min(left + 1, from - 1);
    table.left.push_back(static_cast<std::int32_t>(left));
    table.right.push_back(static_cast<std::int32_t>(right));
    table.t.push_back(static_cast<T>(position - static_cast<double>(left)));
    const bool begins =
        table.runs.empty() || table.runs.back().left != table.left.back() || (block > 0 && i % block == 0);
    const auto index = static_cast<std::int32_t>(i);
    if (begins) table.runs.push_back({index, index, table.left.back(), table.right.back()});
    table.runs.back().end = index + 1;
  }
  return table;
}

template AxisTable<float> axis_table(std::int64_t, std::int64_t, Interpolation, bool, std::int64_t);
template AxisTable<double> axis_table(std::int64_t, std::int64_t, Interpolation, bool, std::int64_t);

}  // namespace seg::kernels
