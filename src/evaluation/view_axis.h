// SPDX-License-Identifier: Apache-2.0
// Where along one axis a view of an image holds what it says of the result's pixels.
//
// A view is a window of the scaled image, padded behind to what the network can divide, and perhaps mirrored. Of it
// the network gives a few values, between which the output's rule interpolates. Pure functions.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace seg {

struct Span {
  std::int64_t begin = 0, length = 0;

  std::int64_t end() const noexcept { return begin + length; }
};

// Windows of `window` pixels, or the whole axis if that is less: one every ceil(2/3 window), the last one moved back to
// end with the axis.
std::vector<Span> window_spans(std::int64_t size, std::int64_t window);

struct ViewAxis {
  std::int64_t result = 0;     // extent of the result
  std::int64_t scaled = 0;     // of the scaled image
  bool align_corners = false;  // how these two lie on each other: by corners' centres, or by borders
  // Result pixels read the scaled image's pixels, between which is interpolated once more, as where predictions are
  // made at its size and then resized; or else the network's values, at the place where they are.
  bool by_pixels = false;
  Span window{};
  std::int64_t padded = 0;  // the window's extent with its padding
  bool is_mirrored = false;
  std::int64_t values = 0;  // the network's, of the padded window
  UpsampleRule rule{};
};

// result[first + i] = the sum over taps j of weight[j][i] * values[index[j][i]].
struct AxisTaps {
  std::int64_t first = 0, count = 0;  // of the result's pixels: those that lie in the window
  std::vector<std::vector<std::int32_t>> index;
  std::vector<std::vector<float>> weight;
};
AxisTaps axis_taps(const ViewAxis& axis);

}  // namespace seg
