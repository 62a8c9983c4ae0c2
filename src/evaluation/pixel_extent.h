// SPDX-License-Identifier: Apache-2.0
// The size of an image, a tile or a window in pixels.
#pragma once
#include <cstdint>

namespace seg {

struct PixelExtent {
  std::int64_t height = 0, width = 0;

  bool operator==(const PixelExtent&) const = default;
};

}  // namespace seg
