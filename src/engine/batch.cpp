// SPDX-License-Identifier: Apache-2.0
#include "engine/batch.h"

#include <ATen/ops/from_blob.h>

#include <cassert>

namespace seg {
namespace {

// from_blob wants a pointer to mutable memory; nothing here or in the network writes to inputs.
at::Tensor view_of(const void* data, at::IntArrayRef shape, at::ScalarType type) {
  return at::from_blob(const_cast<void*>(data), shape, at::TensorOptions(type));
}

}  // namespace

NamedTensors DeviceBatch::inputs() const {
  NamedTensors result{{"image", image}};
  if (labels.defined()) result.push_back({"labels", labels});
  if (distances.defined()) result.push_back({"distances", distances});
  if (points.defined()) result.push_back({"points", points});
  return result;
}

DeviceBatch to_device(const HostPixels& pixels, c10::Device device, bool waits) {
  assert(pixels.sample_numbers.empty() || pixels.sample_numbers.size() == static_cast<std::size_t>(pixels.count));
  const at::ScalarType type = pixels.is_16_bit ? at::kUInt16 : at::kByte;
  const auto moved = [&](const at::Tensor& view) {
    return view.to(at::TensorOptions(device), /*non_blocking=*/!waits);
  };
  DeviceBatch batch{
      .image = moved(view_of(pixels.images, {pixels.count, pixels.height, pixels.width, pixels.channels}, type)),
      .labels = {},
      .sample_numbers = pixels.sample_numbers,
      .distances = {},
      .points = {}};
  const auto bytes_of_pixels = [&](const std::uint8_t* bytes) {
    return moved(view_of(bytes, {pixels.count, pixels.height, pixels.width}, at::kByte));
  };
  if (pixels.labels != nullptr) batch.labels = bytes_of_pixels(pixels.labels);
  if (pixels.distances != nullptr) batch.distances = bytes_of_pixels(pixels.distances);
  if (pixels.points != nullptr)
    batch.points = moved(view_of(pixels.points, {pixels.count, pixels.num_points, 2}, at::kFloat));
  return batch;
}

}  // namespace seg
