// SPDX-License-Identifier: Apache-2.0
// Linear interpolation along one axis as a table: result[i] = (1 - t[i]) * x[left[i]] + t[i] * x[right[i]].
//
// The positions are ATen's (half-pixel centres clamped at the first one, or aligned corners; nearest: t = 0). `left`
// never decreases, so results fall into runs of equal left; inside a run `right` is the same, too.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace seg::kernels {

// Where pixel i of `to` pixels lies among `from` others; i may lie between two. Nearest: the pixel itself.
double source_position(double i, std::int64_t from, std::int64_t to, Interpolation mode, bool align_corners);

template <class T>
struct AxisTable {
  struct Run {
    std::int32_t begin, end;  // results
    std::int32_t left, right;
  };
  std::vector<std::int32_t> left, right;
  std::vector<T> t;
  std::vector<Run> runs;
};

// from: extent of x; to: extent of the result. No run crosses a multiple of `block` (0: no such limit).
template <class T>
AxisTable<T> axis_table(std::int64_t from, std::int64_t to, Interpolation mode, bool align_corners,
                        std::int64_t block = 0);

}  // namespace seg::kernels
