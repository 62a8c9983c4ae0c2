// SPDX-License-Identifier: Apache-2.0
#include "evaluation/view_axis.h"

#include <algorithm>
#include <stdexcept>

#include "base/rounding.h"
#include "engine/kernels/axis.h"

namespace seg {
namespace {

// Of pixel i of `to` pixels among `from` others.
double place(double i, std::int64_t from, std::int64_t to, bool align_corners) {
  return kernels::source_position(i, from, to, Interpolation::bilinear, align_corners);
}

struct Between {
  std::int64_t left, right;
  double t;
};

Between between(double place, std::int64_t extent) {
  const std::int64_t left = std::min(static_cast<std::int64_t>(place), extent - 1);
  const std::int64_t right = std::min(left + 1, extent - 1);
  return {left, right, right == left ? 0.0 : place - static_cast<double>(left)};
}

// Of a place in the scaled image, among the network's values.
Between value_at(const ViewAxis& axis, double in_scaled) {
  const double in_window = in_scaled - static_cast<double>(axis.window.begin);
  const double seen = axis.is_mirrored ? static_cast<double>(axis.padded - 1) - in_window : in_window;
  return between(place(seen, axis.values, axis.padded, axis.rule.align_corners), axis.values);
}

}  // namespace

std::vector<Span> window_spans(std::int64_t size, std::int64_t window) {
  if (window >= size) return {{0, size}};
  const std::int64_t stride = divided_up(2 * window, 3);
  std::vector<Span> spans;
  for (std::int64_t begin = 0; begin + window < size; begin += stride) spans.push_back({begin, window});
  spans.push_back({size - window, window});
  return spans;
}

AxisTaps axis_taps(const ViewAxis& axis) {
  if (axis.rule.mode != Interpolation::bilinear) throw std::logic_error("[views] the network's output is not bilinear");
  AxisTaps taps;
  const std::size_t num_taps = axis.by_pixels ? 4 : 2;
  taps.index.resize(num_taps);
  taps.weight.resize(num_taps);
  const auto add = [&](std::size_t tap, std::int64_t index, double weight) {
    taps.index[tap].push_back(static_cast<std::int32_t>(index));
    taps.weight[tap].push_back(static_cast<float>(weight));
  };
  const auto add_pair = [&](std::size_t tap, const Between& b, double weight) {
    add(tap, b.left, weight * (1 - b.t));
    add(tap + 1, b.right, weight * b.t);
  };
  for (std::int64_t i = 0; i < axis.result; ++i) {
    const double in_scaled = std::min(place(static_cast<double>(i), axis.scaled, axis.result, axis.align_corners),
                                      static_cast<double>(axis.scaled - 1));
    const bool is_inside =
        in_scaled >= static_cast<double>(axis.window.begin) && in_scaled <= static_cast<double>(axis.window.end() - 1);
    if (!is_inside) continue;
    if (taps.count++ == 0) taps.first = i;
    if (!axis.by_pixels) {
      add_pair(0, value_at(axis, in_scaled), 1.0);
      continue;
    }
    const Between pixels = between(in_scaled, axis.scaled);
    add_pair(0, value_at(axis, static_cast<double>(pixels.left)), 1 - pixels.t);
    add_pair(2, value_at(axis, static_cast<double>(pixels.right)), pixels.t);
  }
  return taps;
}

}  // namespace seg
