// SPDX-License-Identifier: Apache-2.0
#include "evaluation/summed_windows.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/rounding.h"
#include "evaluation/levels.h"
#include "evaluation/scale_merge.h"

namespace seg {

ViewGrid summed_windows_grid(const ViewOptions& options, const PixelExtent& image, double scale) {
  const PixelExtent window{rounded_up(options.window.value().height, options.size_divisor),
                           rounded_up(options.window.value().width, options.size_divisor)};
  const PixelExtent inner = scaled_extent(image, scale);
  return {.scaled = {std::max(inner.height, window.height), std::max(inner.width, window.width)}, .window = window};
}

SummedWindows::SummedWindows(Network& network, c10::Device device, ViewOptions options)
    : network_(network), device_(device), options_(std::move(options)), views_(network, options_) {
  if (!options_.window) throw std::logic_error("[views] no window");
}

double SummedWindows::views_a_pixel(std::int64_t height, std::int64_t width) const {
  const PixelExtent image = start_extent(options_.start, {height, width});
  double seen = 0;
  for (const double scale : options_.scales) {
    const ViewGrid grid = summed_windows_grid(options_, image, scale);
    seen += static_cast<double>(num_windows(grid) * grid.window.height * grid.window.width);
  }
  return (options_.flips ? 2 : 1) * seen / static_cast<double>(height * width);
}

at::Tensor SummedWindows::classes(const HostPixels& pixels) {
  const PixelExtent size{pixels.height, pixels.width}, start = start_extent(options_.start, size);
  const at::Tensor images = to_device(pixels, device_).image;
  std::vector<at::Tensor> classes;
  for (std::int64_t n = 0; n < pixels.count; ++n) {
    const at::Tensor image = resized_levels(images.narrow(0, n, 1), start, /*align_corners=*/false);
    ScaleMerge merge(size, options_.mirror_rule);
    for (const double scale : options_.scales) {
      merge.make_room();
      merge.add(look_at(resized_levels(image, scaled_extent(start, scale), options_.align_corners),
                        summed_windows_grid(options_, start, scale), size));
    }
    classes.push_back(merge.classes());
  }
  return at::stack(classes);
}

ViewsOfScale SummedWindows::look_at(const at::Tensor& scaled, const ViewGrid& grid, const PixelExtent& result) {
  const PixelExtent inner{scaled.size(1), scaled.size(2)}, full = grid.scaled;
  const PixelExtent corner{(full.height - inner.height) / 2, (full.width - inner.width) / 2};
  const at::Tensor image =
      full == inner ? scaled : on_colour(scaled.to(at::kFloat), full, at::tensor(options_.padding), corner);
  const std::vector<Span> rows = window_spans(full.height, grid.window.height);
  const std::vector<Span> columns = window_spans(full.width, grid.window.width);
  ViewsOfScale views;
  views.views = views_.look(image, rows, columns);
  views.overlap = OverlapRule::sum;

  // At the scaled image's own size, of which a window may stand out where there is padding.
  const auto of_window = [&](std::int64_t extent, const Span& span, std::int64_t before, std::int64_t values,
                             bool is_mirrored) {
    return axis_taps({.result = extent,
                      .scaled = extent,
                      .align_corners = true,
                      .window = {span.begin - before, span.length},
                      .padded = span.length,
                      .is_mirrored = is_mirrored,
                      .values = values,
                      .rule = network_.graph().outputs.front().upsample});
  };
  const at::Tensor& values = views.views.front().values;
  for (const Span& row : rows) views.rows.push_back(of_window(inner.height, row, corner.height, values.size(0), false));
  for (const Span& column : columns) {
    views.columns.push_back(of_window(inner.width, column, corner.width, values.size(1), false));
    if (options_.flips)
      views.mirrored_columns.push_back(of_window(inner.width, column, corner.width, values.size(1), true));
  }
  if (inner != result) views.map = map_of(inner, result);
  return views;
}

ProbabilityMap SummedWindows::map_of(const PixelExtent& scaled, const PixelExtent& result) const {
  const auto along = [&](std::int64_t from, std::int64_t to) {
    return axis_taps({.result = to,
                      .scaled = from,
                      .align_corners = options_.align_corners,
                      .window = {0, from},
                      .padded = from,
                      .values = from,
                      .rule = {.mode = Interpolation::bilinear, .align_corners = true}});
  };
  return {.height = scaled.height,
          .width = scaled.width,
          .rows = along(scaled.height, result.height),
          .columns = along(scaled.width, result.width)};
}

}  // namespace seg
