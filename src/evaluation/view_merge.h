// SPDX-License-Identifier: Apache-2.0
// The class that several views of an image say together of each of its pixels: the one whose probabilities have the
// largest sum, of equal ones the first.
//
// A view's probabilities at a pixel are the softmax of its values there, interpolated; where windows of a scale
// overlap, their mean counts, or their sum; scales count alike. Row by row: of scales that are merged together no map
// of all classes is held.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evaluation/view_axis.h"

namespace seg {

struct View {
  at::Tensor values;      // float [h,w,K], dense, on the host
  at::Tensor mirrored{};  // the same of its mirror image, or undefined
};

// Where windows of a scale overlap.
enum class OverlapRule : std::uint8_t { mean, sum };

// Probabilities that are made at a size of their own and then interpolated: the result's pixels from that map's.
struct ProbabilityMap {
  std::int64_t height = 0, width = 0;
  AxisTaps rows, columns;  // of two taps, for all of the result's pixels
};

// Windows on a grid: view r * columns.size() + c is that of rows[r] and columns[c].
struct ViewsOfScale {
  std::vector<AxisTaps> rows, columns, mirrored_columns{};  // of the result's pixels, or of the map's
  std::vector<View> views;
  OverlapRule overlap = OverlapRule::mean;
  std::optional<ProbabilityMap> map{};
};

// How a window and its mirror image are joined: their mean, or the exponential of the sum of their probabilities.
enum class MirrorRule : std::uint8_t { mean_probability, exp_of_probability };

struct MergedSize {
  std::int64_t num_classes = 0, height = 0, width = 0;  // at most 256 classes
};
// uint8 [height,width] on the host. With `sums` of scales that came before (add_to_sums()): of those, too.
at::Tensor merged_classes(std::span<const ViewsOfScale> scales, const MergedSize& size, MirrorRule rule,
                          const at::Tensor& sums = {});

// For scales that are merged one after the other: adds their probabilities to `sums`, float [height,num_classes,width]
// on the host, in the same order, so that the same numbers come out.
void add_to_sums(std::span<const ViewsOfScale> scales, const MergedSize& size, MirrorRule rule, at::Tensor& sums);

}  // namespace seg
