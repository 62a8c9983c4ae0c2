// SPDX-License-Identifier: Apache-2.0
// The class that several views of an image say together of each of its pixels: the one whose probabilities have the
// largest sum, of equal ones the first.
//
// A view's probabilities at a pixel are the softmax of its values there, interpolated; where windows of a scale
// overlap, their mean counts; scales count alike. Row by row: no map of all classes is ever held.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "evaluation/view_axis.h"

namespace seg {

struct View {
  at::Tensor values;      // float [h,w,K], dense, on the host
  at::Tensor mirrored{};  // the same of its mirror image, or undefined
};

// Windows on a grid: view r * columns.size() + c is that of rows[r] and columns[c].
struct ViewsOfScale {
  std::vector<AxisTaps> rows, columns, mirrored_columns{};
  std::vector<View> views;
};

// How a window and its mirror image are joined: their mean, or the exponential of the sum of their probabilities.
enum class MirrorRule : std::uint8_t { mean_probability, exp_of_probability };

struct MergedSize {
  std::int64_t num_classes = 0, height = 0, width = 0;  // at most 256 classes
};
// uint8 [height,width] on the host.
at::Tensor merged_classes(std::span<const ViewsOfScale> scales, const MergedSize& size, MirrorRule rule);

}  // namespace seg
