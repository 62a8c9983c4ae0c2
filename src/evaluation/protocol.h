// SPDX-License-Identifier: Apache-2.0
// A class for each pixel of an image, by one of the ways in which an evaluation looks at images with a network.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "engine/batch.h"

namespace seg {

class Protocol {
 public:
  Protocol() = default;
  virtual ~Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;

  virtual std::string_view name() const = 0;  // as configs and results call it: ss, ssc, msf, mscf

  // Images of one size. Returns their classes, uint8 [N,H,W] of that size on the host.
  virtual at::Tensor classes(const HostPixels& pixels) = 0;

  // How many of a batch's images it looks at together.
  virtual std::int64_t images_at_once(std::int64_t in_a_batch) const = 0;

  // Pixels that the network looks at over those of the image of this size.
  virtual double views_a_pixel(std::int64_t height, std::int64_t width) const = 0;
};

}  // namespace seg
