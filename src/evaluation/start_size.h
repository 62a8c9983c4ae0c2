// SPDX-License-Identifier: Apache-2.0
// The size that images are given before an evaluation looks at them. Pure.
#pragma once
#include <cstdint>
#include <optional>

#include "evaluation/pixel_extent.h"

namespace seg {

// The first that is set counts; sides that follow from the ratio are cut to whole pixels, at least one.
struct StartSize {
  std::optional<PixelExtent> shape{};
  std::optional<std::int64_t> short_side{};
  std::optional<std::int64_t> long_side{};  // a bound: smaller images stay as they are
};

PixelExtent start_extent(const StartSize& start, const PixelExtent& image);

// int(scale * side) along each, at least one pixel.
PixelExtent scaled_extent(const PixelExtent& image, double scale);

}  // namespace seg
