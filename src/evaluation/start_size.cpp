// SPDX-License-Identifier: Apache-2.0
#include "evaluation/start_size.h"

#include <algorithm>

namespace seg {
namespace {

// `side` of the image where its `other` becomes `target`, in the order of operations of the Python trainer.
std::int64_t in_proportion(std::int64_t target, std::int64_t other, std::int64_t side) {
  const double ratio = static_cast<double>(target) / static_cast<double>(other);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(ratio * static_cast<double>(side)));
}

}  // namespace

PixelExtent start_extent(const StartSize& start, const PixelExtent& image) {
  if (start.shape) return *start.shape;
  const bool is_upright = image.height >= image.width;
  if (start.short_side) {
    const std::int64_t side = *start.short_side;
    return is_upright ? PixelExtent{in_proportion(side, image.width, image.height), side}
                      : PixelExtent{side, in_proportion(side, image.height, image.width)};
  }
  if (start.long_side && std::max(image.height, image.width) > *start.long_side) {
    const std::int64_t side = *start.long_side;
    return is_upright ? PixelExtent{side, in_proportion(side, image.height, image.width)}
                      : PixelExtent{in_proportion(side, image.width, image.height), side};
  }
  return image;
}

PixelExtent scaled_extent(const PixelExtent& image, double scale) {
  const auto side = [&](std::int64_t pixels) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(scale * static_cast<double>(pixels)));
  };
  return {side(image.height), side(image.width)};
}

}  // namespace seg
