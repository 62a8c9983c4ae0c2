// SPDX-License-Identifier: Apache-2.0
// A batch on the device, as the network takes it, from one in host memory.
//
// On CPU the tensors are views of the host's memory (nothing is copied), so that memory must outlive their use and stay
// unchanged; elsewhere they are copies. Normalisation is not done here: it is the network's first node.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/tensors.h"

namespace seg {

// Pixels in host memory, dense, aligned for their type. A batch or a part of one (a micro-batch).
struct HostPixels {
  const std::byte* images = nullptr;     // [count, height, width, channels]
  const std::uint8_t* labels = nullptr;  // [count, height, width]; nullptr: none
  std::int64_t count = 0, height = 0, width = 0, channels = 3;
  bool is_16_bit = false;
  const std::uint8_t* distances = nullptr;  // likewise: to the boundaries of labels, in eighths of a pixel
  const float* points = nullptr;            // [count, num_points, 2]
  std::int64_t num_points = 0;
  std::span<const std::uint64_t> sample_numbers{};  // one an image, or none
};

struct DeviceBatch {
  at::Tensor image;   // [N,H,W,C] uint8 or uint16
  at::Tensor labels;  // [N,H,W] uint8, or undefined
  std::span<const std::uint64_t> sample_numbers;
  at::Tensor distances;  // likewise
  at::Tensor points;     // [N,P,2] float, or undefined

  NamedTensors inputs() const;  // those that are defined, by these names: `image`, `labels`, `distances`, `points`
};

// Without waiting, a copy is only queued when this returns: for engine/device_feed.h.
DeviceBatch to_device(const HostPixels& pixels, c10::Device device, bool waits = true);

}  // namespace seg
