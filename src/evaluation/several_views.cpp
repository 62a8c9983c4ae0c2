// SPDX-License-Identifier: Apache-2.0
#include "evaluation/several_views.h"

#include <ATen/ops/stack.h>

#include <algorithm>
#include <utility>

#include "base/rounding.h"
#include "engine/device.h"
#include "evaluation/levels.h"
#include "evaluation/scale_merge.h"

namespace seg {

ViewGrid several_views_grid(const ViewOptions& options, const PixelExtent& image, double scale) {
  const auto divisible = [&](std::int64_t side) { return rounded_up(side, options.size_divisor); };
  PixelExtent scaled = scaled_extent(image, scale);
  if (!options.window && options.resizes) scaled = {divisible(scaled.height), divisible(scaled.width)};
  if (!options.window) return {scaled, scaled};
  return {scaled,
          {std::min(divisible(options.window->height), scaled.height),
           std::min(divisible(options.window->width), scaled.width)}};
}

SeveralViews::SeveralViews(Network& network, c10::Device device, ViewOptions options, Log& log)
    : network_(network), device_(device), options_(std::move(options)), views_(network, options_), log_(log) {}

double SeveralViews::views_a_pixel(std::int64_t height, std::int64_t width) const {
  const PixelExtent image = start_extent(options_.start, {height, width});
  double seen = 0;
  for (const double scale : options_.scales) {
    const ViewGrid grid = several_views_grid(options_, image, scale);
    const PixelExtent seen_of_one{rounded_up(grid.window.height, options_.size_divisor),
                                  rounded_up(grid.window.width, options_.size_divisor)};
    seen += static_cast<double>(num_windows(grid) * seen_of_one.height * seen_of_one.width);
  }
  return (options_.flips ? 2 : 1) * seen / static_cast<double>(height * width);
}

at::Tensor SeveralViews::classes(const HostPixels& pixels) {
  const at::Tensor images = to_device(pixels, device_).image;
  const PixelExtent size{pixels.height, pixels.width}, start = start_extent(options_.start, size);
  std::vector<at::Tensor> classes;
  for (std::int64_t n = 0; n < pixels.count; ++n) {
    const at::Tensor image = resized_levels(images.narrow(0, n, 1), start, /*align_corners=*/false);
    ScaleMerge merge(size, options_.mirror_rule);
    for (const double scale : options_.scales) {
      merge.make_room();
      merge.add(look_at(image, several_views_grid(options_, start, scale), size));
    }
    classes.push_back(merge.classes());
  }
  return at::stack(classes);
}

void SeveralViews::tell_of_windows(const PixelExtent& wanted, const PixelExtent& window) {
  if (std::exchange(has_told_of_windows_, true)) return;
  log_.warning(options_.name + ": views of " + std::to_string(wanted.height) + "x" + std::to_string(wanted.width) +
               " do not fit into the memory that is left and are, as all that are larger, looked at in windows of " +
               std::to_string(window.height) + "x" + std::to_string(window.width) +
               ", near whose borders the network sees less; a smaller eval_scales or more memory avoids it");
}

ViewsOfScale SeveralViews::look_at(const at::Tensor& image, const ViewGrid& grid, const PixelExtent& result) {
  const at::Tensor scaled = resized_levels(image, grid.scaled, options_.align_corners);
  const PixelExtent window = window_that_fits(views_.looking(), options_, grid.window);
  if (window != grid.window) tell_of_windows(grid.window, window);
  const std::vector<Span> rows = window_spans(grid.scaled.height, window.height);
  const std::vector<Span> columns = window_spans(grid.scaled.width, window.width);
  ViewsOfScale views;
  views.views = views_.look(scaled, rows, columns);

  const bool by_pixels = !options_.window && options_.resizes;
  const auto taps = [&](std::int64_t extent, std::int64_t of_scaled, const Span& span, std::int64_t values,
                        bool is_mirrored) {
    return axis_taps({.result = extent,
                      .scaled = of_scaled,
                      .align_corners = options_.align_corners,
                      .by_pixels = by_pixels,
                      .window = span,
                      .padded = rounded_up(span.length, options_.size_divisor),
                      .is_mirrored = is_mirrored,
                      .values = values,
                      .rule = network_.graph().outputs.front().upsample});
  };
  const at::Tensor& values = views.views.front().values;
  for (const Span& row : rows)
    views.rows.push_back(taps(result.height, grid.scaled.height, row, values.size(0), false));
  for (const Span& column : columns) {
    views.columns.push_back(taps(result.width, grid.scaled.width, column, values.size(1), false));
    if (options_.flips)
      views.mirrored_columns.push_back(taps(result.width, grid.scaled.width, column, values.size(1), true));
  }
  return views;
}

}  // namespace seg
