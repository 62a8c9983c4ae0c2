// SPDX-License-Identifier: Apache-2.0
#include "evaluation/several_views.h"

#include <ATen/ops/stack.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/rounding.h"
#include "engine/device.h"
#include "evaluation/levels.h"

namespace seg {
// How an image is seen at one scale.
struct SeveralViews::Geometry {
  PixelExtent scaled, window;
};

SeveralViews::SeveralViews(Network& network, c10::Device device, ViewOptions options, Log& log)
    : network_(network), device_(device), options_(std::move(options)), views_(network, options_), log_(log) {
  if (network.graph().outputs.size() != 1) throw std::logic_error("[views] the network must have one output");
}

SeveralViews::Geometry SeveralViews::geometry_of(const ViewOptions& options, const PixelExtent& image, double scale) {
  const auto divisible = [&](std::int64_t side) { return rounded_up(side, options.size_divisor); };
  PixelExtent scaled = scaled_extent(image, scale);
  if (!options.window && options.resizes) scaled = {divisible(scaled.height), divisible(scaled.width)};
  if (!options.window) return {scaled, scaled};
  return {scaled,
          {std::min(divisible(options.window->height), scaled.height),
           std::min(divisible(options.window->width), scaled.width)}};
}

PixelExtent largest_view(const ViewOptions& options, const PixelExtent& image) {
  const PixelExtent start = start_extent(options.start, image);
  const double scale = *std::ranges::max_element(options.scales);
  const PixelExtent window = SeveralViews::geometry_of(options, start, scale).window;
  return {rounded_up(window.height, options.size_divisor), rounded_up(window.width, options.size_divisor)};
}

double SeveralViews::views_a_pixel(std::int64_t height, std::int64_t width) const {
  const PixelExtent image = start_extent(options_.start, {height, width});
  double seen = 0;
  for (const double scale : options_.scales) {
    const Geometry geometry = geometry_of(options_, image, scale);
    const auto along = [&](std::int64_t side, std::int64_t window) {
      return static_cast<double>(window_spans(side, window).size()) *
             static_cast<double>(rounded_up(window, options_.size_divisor));
    };
    seen += along(geometry.scaled.height, geometry.window.height) * along(geometry.scaled.width, geometry.window.width);
  }
  return (options_.flips ? 2 : 1) * seen / static_cast<double>(height * width);
}

at::Tensor SeveralViews::classes(const HostPixels& pixels) {
  const at::Tensor images = to_device(pixels, device_).image;
  const PixelExtent size{pixels.height, pixels.width}, start = start_extent(options_.start, size);
  std::vector<at::Tensor> classes;
  for (std::int64_t n = 0; n < pixels.count; ++n) {
    const at::Tensor image = resized_levels(images.narrow(0, n, 1), start, /*align_corners=*/false);
    std::vector<ViewsOfScale> scales;
    for (const double scale : options_.scales)
      scales.push_back(look_at(image, geometry_of(options_, start, scale), size));
    const std::int64_t num_classes = scales.front().views.front().values.size(2);
    classes.push_back(merged_classes(scales, {.num_classes = num_classes, .height = size.height, .width = size.width},
                                     options_.mirror_rule));
  }
  return at::stack(classes);
}

// Halved until it does.
PixelExtent SeveralViews::window_that_fits(const PixelExtent& wanted) {
  PixelExtent window = wanted;
  while (options_.memory_bytes && views_.peak_bytes(window, 1) > *options_.memory_bytes) {
    std::int64_t& longer = window.height > window.width ? window.height : window.width;
    if (longer <= options_.size_divisor) break;
    longer = rounded_up(divided_up(longer, 2), options_.size_divisor);
  }
  if (window != wanted && !std::exchange(has_told_of_windows_, true))
    log_.warning(options_.name + ": views of " + std::to_string(wanted.height) + "x" + std::to_string(wanted.width) +
                 " do not fit into the memory that is left and are looked at in windows of " +
                 std::to_string(window.height) + "x" + std::to_string(window.width) +
                 ", near whose borders the network sees less; a smaller eval_scales or more memory avoids it");
  return window;
}

ViewsOfScale SeveralViews::look_at(const at::Tensor& image, const Geometry& geometry, const PixelExtent& result) {
  const at::Tensor scaled = resized_levels(image, geometry.scaled, options_.align_corners);
  const PixelExtent window = window_that_fits(geometry.window);
  const std::vector<Span> rows = window_spans(geometry.scaled.height, window.height);
  const std::vector<Span> columns = window_spans(geometry.scaled.width, window.width);
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
    views.rows.push_back(taps(result.height, geometry.scaled.height, row, values.size(0), false));
  for (const Span& column : columns) {
    views.columns.push_back(taps(result.width, geometry.scaled.width, column, values.size(1), false));
    if (options_.flips)
      views.mirrored_columns.push_back(taps(result.width, geometry.scaled.width, column, values.size(1), true));
  }
  return views;
}

}  // namespace seg
