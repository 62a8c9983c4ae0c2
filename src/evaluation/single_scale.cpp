// SPDX-License-Identifier: Apache-2.0
#include "evaluation/single_scale.h"

#include <ATen/TensorIndexing.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <stdexcept>
#include <utility>

#include "engine/full_resolution.h"

namespace seg {
namespace {

std::int64_t round_up(std::int64_t size, std::int64_t divisor) { return (size + divisor - 1) / divisor * divisor; }

}  // namespace

SingleScale::SingleScale(Network& network, c10::Device device, SingleScaleOptions options)
    : network_(network), device_(device), options_(std::move(options)) {
  if (network.graph().outputs.size() != 1) throw std::logic_error("[ss] the network must have one output");
}

at::Tensor SingleScale::padded(const at::Tensor& image) const {
  const std::int64_t height = image.size(1);
  const std::int64_t width = image.size(2);
  const std::int64_t padded_height = round_up(height, options_.size_divisor);
  const std::int64_t padded_width = round_up(width, options_.size_divisor);
  if (padded_height == height && padded_width == width) return image;
  at::Tensor result = at::empty({image.size(0), padded_height, padded_width, image.size(3)}, image.options());
  // uint16 has few kernels in ATen; as bits it is int16, and here numbers are only moved.
  const at::ScalarType movable = image.scalar_type() == at::kUInt16 ? at::kShort : image.scalar_type();
  result.view(movable).copy_(at::tensor(options_.padding).to(at::kInt).to(movable).to(device_));
  result.view(movable).narrow(1, 0, height).narrow(2, 0, width).copy_(image.view(movable));
  return result;
}

at::Tensor SingleScale::classes(const HostPixels& pixels) {
  const DeviceBatch batch = to_device(pixels, device_);
  const at::Tensor image = padded(batch.image);
  const NamedTensors outputs = network_.forward({{"image", image}}, {.training = false});
  const at::Tensor logits =
      full_resolution(outputs.front().tensor, network_.graph().outputs.front(), image.size(1), image.size(2));
  return at::argmax(logits.narrow(2, 0, pixels.height).narrow(3, 0, pixels.width), 1)
      .to(at::kByte)
      .to(at::kCPU)
      .contiguous();
}

}  // namespace seg
