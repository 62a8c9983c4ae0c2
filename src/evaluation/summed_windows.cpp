// SPDX-License-Identifier: Apache-2.0
#include "evaluation/summed_windows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/rounding.h"
#include "engine/full_resolution.h"
#include "engine/kernels/resample.h"
#include "evaluation/levels.h"

namespace seg {
namespace {

at::Tensor resized_map(const at::Tensor& map, const PixelExtent& to, bool align_corners) {
  if (map.size(2) == to.height && map.size(3) == to.width) return map;
  return kernels::resample(map, {.height = to.height, .width = to.width, .align_corners = align_corners});
}

}  // namespace

SummedWindows::SummedWindows(Network& network, c10::Device device, ViewOptions options)
    : network_(network), device_(device), options_(std::move(options)) {
  if (!options_.window) throw std::logic_error("[views] no window");
  window_ = {rounded_up(options_.window->height, options_.size_divisor),
             rounded_up(options_.window->width, options_.size_divisor)};
}

double SummedWindows::views_a_pixel(std::int64_t height, std::int64_t width) const {
  const PixelExtent image = start_extent(options_.start, {height, width});
  double seen = 0;
  for (const double scale : options_.scales) {
    const PixelExtent scaled = scaled_extent(image, scale);
    const auto windows = window_spans(std::max(scaled.height, window_.height), window_.height).size() *
                         window_spans(std::max(scaled.width, window_.width), window_.width).size();
    seen += static_cast<double>(windows) * static_cast<double>(window_.height * window_.width);
  }
  return (options_.flips ? 2 : 1) * seen / static_cast<double>(height * width);
}

at::Tensor SummedWindows::classes(const HostPixels& pixels) {
  const PixelExtent size{pixels.height, pixels.width}, start = start_extent(options_.start, size);
  const at::Tensor images = to_device(pixels, device_).image;
  std::vector<at::Tensor> classes;
  for (std::int64_t n = 0; n < pixels.count; ++n) {
    const at::Tensor image = resized_levels(images.narrow(0, n, 1), start, /*align_corners=*/false);
    at::Tensor sum;
    for (const double scale : options_.scales) {
      const at::Tensor scaled = resized_levels(image, scaled_extent(start, scale), options_.align_corners);
      at::Tensor map = resized_map(probabilities_of_scale(scaled), size, options_.align_corners);
      if (sum.defined())
        sum += map;
      else
        sum = std::move(map);
    }
    classes.push_back(at::argmax(sum, 1).to(at::kByte).to(at::kCPU));
  }
  return at::cat(classes);
}

// [1,K,H,W] of the scaled image's size.
at::Tensor SummedWindows::probabilities_of_scale(const at::Tensor& scaled) {
  const std::int64_t height = scaled.size(1), width = scaled.size(2);
  const std::int64_t full_height = std::max(height, window_.height), full_width = std::max(width, window_.width);
  const std::int64_t top = (full_height - height) / 2, left = (full_width - width) / 2;
  const bool is_padded = full_height != height || full_width != width;
  const at::Tensor image =
      is_padded ? on_colour(scaled.to(at::kFloat), {full_height, full_width}, at::tensor(options_.padding), {top, left})
                : scaled;
  at::Tensor sum;
  for (const Span& rows : window_spans(full_height, window_.height))
    for (const Span& columns : window_spans(full_width, window_.width)) {
      const at::Tensor seen =
          image.narrow(1, rows.begin, rows.length).narrow(2, columns.begin, columns.length).contiguous();
      const at::Tensor said = probabilities(seen);
      if (!sum.defined()) sum = at::zeros({said.size(0), said.size(1), full_height, full_width}, said.options());
      sum.narrow(2, rows.begin, rows.length).narrow(3, columns.begin, columns.length).add_(said);
    }
  return sum.narrow(2, top, height).narrow(3, left, width);
}

at::Tensor SummedWindows::probabilities(const at::Tensor& window) {
  const auto look_at = [&](const at::Tensor& image) {
    const at::Tensor values = network_.forward({{"image", image}}, {.training = false}).front().tensor;
    return full_resolution(values, network_.graph().outputs.front(), image.size(1), image.size(2));
  };
  at::Tensor said = at::softmax(look_at(window), 1);
  if (!options_.flips) return said;
  said += at::softmax(look_at(window.flip({2}).contiguous()).flip({3}), 1);
  return options_.mirror_rule == MirrorRule::exp_of_probability ? said.exp_() : said.mul_(0.5);
}

}  // namespace seg
