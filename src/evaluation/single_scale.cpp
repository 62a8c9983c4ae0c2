// SPDX-License-Identifier: Apache-2.0
#include "evaluation/single_scale.h"

#include <ATen/TensorIndexing.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/tensor.h>

#include <stdexcept>
#include <utility>

#include "engine/class_map.h"
#include "engine/device.h"
#include "engine/full_resolution.h"
#include "engine/kernels/resample.h"
#include "evaluation/image_memory.h"
#include "evaluation/levels.h"
#include "graph/shapes.h"

namespace seg {

SingleScale::SingleScale(Network& network, c10::Device device, SingleScaleOptions options)
    : network_(network), device_(device), options_(std::move(options)) {
  if (network.graph().outputs.size() != 1) throw std::logic_error("[ss] the network must have one output");
}

at::Tensor SingleScale::padded(const HostPixels& pixels) const {
  const at::Tensor image = to_device(pixels, device_).image;
  const PixelExtent size{padded_side(image.size(1)), padded_side(image.size(2))};
  if (size.height == image.size(1) && size.width == image.size(2)) return image;
  return on_colour(image, size, at::tensor(options_.padding));
}

at::Tensor SingleScale::resized(const HostPixels& pixels) const {
  const at::Tensor image = to_device(pixels, device_).image;
  return resized_levels(image, {.height = padded_side(image.size(1)), .width = padded_side(image.size(2))},
                        options_.align_corners)
      .contiguous();
}

at::Tensor SingleScale::output_of(const at::Tensor& padded) {
  return network_.forward({{"image", padded}}, {.training = false}).front().tensor;
}

at::Tensor SingleScale::logits(const at::Tensor& padded) {
  return full_resolution(output_of(padded), network_.graph().outputs.front(), padded.size(1), padded.size(2));
}

at::Tensor SingleScale::logits_of(const HostPixels& pixels) {
  if (!options_.resizes) return logits(padded(pixels)).narrow(2, 0, pixels.height).narrow(3, 0, pixels.width);
  const at::Tensor values = logits(resized(pixels));
  if (values.size(2) == pixels.height && values.size(3) == pixels.width) return values;
  return kernels::resample(values,
                           {.height = pixels.height, .width = pixels.width, .align_corners = options_.align_corners});
}

at::Tensor SingleScale::classes(const HostPixels& pixels) {
  // Where logits are enlarged once and then only cut, they need not be made.
  if (options_.resizes) return at::argmax(logits_of(pixels), 1).to(at::kByte).to(at::kCPU).contiguous();
  const at::Tensor image = padded(pixels);
  const at::Tensor classes =
      class_map(output_of(image), network_.graph().outputs.front(), image.size(1), image.size(2));
  return classes.narrow(1, 0, pixels.height).narrow(2, 0, pixels.width).to(at::kCPU).contiguous();
}

std::int64_t SingleScale::padded_side(std::int64_t side) const noexcept {
  const std::int64_t divisor = options_.size_divisor;
  return (side + divisor - 1) / divisor * divisor;
}

double SingleScale::views_a_pixel(std::int64_t height, std::int64_t width) const {
  return static_cast<double>(padded_side(height) * padded_side(width)) / static_cast<double>(height * width);
}

std::int64_t SingleScale::num_classes() const {
  const InputSize any{.images = 1, .height = options_.size_divisor, .width = options_.size_divisor};
  return shapes(network_.graph(), any)[static_cast<std::size_t>(network_.graph().outputs.front().value)].at(1);
}

std::int64_t SingleScale::bytes_for_classes(std::int64_t height, std::int64_t width) const {
  return peak_bytes(height, width, options_.resizes || !device_.is_cpu());
}

std::int64_t SingleScale::bytes_for_logits(std::int64_t height, std::int64_t width) const {
  return peak_bytes(height, width, true);
}

// As if all numbers were of full precision.
std::int64_t SingleScale::peak_bytes(std::int64_t height, std::int64_t width, bool as_logits) const {
  return image_memory(network_.graph(), network_.plan(),
                      {.size = {.images = 1, .height = padded_side(height), .width = padded_side(width)},
                       .bytes = {.full = 4, .compute = 4},
                       .threads = compute_threads(),
                       .as_logits = as_logits,
                       .resizes = options_.resizes});
}

}  // namespace seg
