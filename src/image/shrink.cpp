// SPDX-License-Identifier: Apache-2.0
#include "image/shrink.h"

#include <algorithm>

namespace seg {
namespace {

// Mean of one channel over a window, rounded to the nearest.
std::uint8_t mean(const Image& image, const Window& window, std::int64_t channel) {
  std::int64_t sum = 0;
  for (std::int64_t y = window.top; y < window.top + window.height; ++y) {
    const auto row = image.row<std::uint8_t>(y);
    for (std::int64_t x = window.left; x < window.left + window.width; ++x)
      sum += row[static_cast<std::size_t>(x * image.channels() + channel)];
  }
  const std::int64_t count = window.height * window.width;
  return static_cast<std::uint8_t>((sum + count / 2) / count);
}

}  // namespace

Image shrunk(const Image& image, std::int64_t longest) {
  const std::int64_t side = (std::max(image.height(), image.width()) - 1) / longest + 1;
  if (side <= 1) return image;
  const auto cells = [side](std::int64_t size) { return std::max<std::int64_t>(size / side, 1); };
  const auto length = [side](std::int64_t i, std::int64_t count, std::int64_t size) {
    return i + 1 == count ? size - i * side : side;
  };
  Image result({cells(image.height()), cells(image.width()), image.channels(), PixelType::u8});
  for (std::int64_t y = 0; y < result.height(); ++y) {
    const auto row = result.row<std::uint8_t>(y);
    for (std::int64_t x = 0; x < result.width(); ++x)
      for (std::int64_t channel = 0; channel < image.channels(); ++channel)
        row[static_cast<std::size_t>(x * image.channels() + channel)] =
            mean(image,
                 {.top = y * side,
                  .left = x * side,
                  .height = length(y, result.height(), image.height()),
                  .width = length(x, result.width(), image.width())},
                 channel);
  }
  return result;
}

}  // namespace seg
