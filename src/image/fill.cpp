// SPDX-License-Identifier: Apache-2.0
#include "image/fill.h"

namespace seg {

void fill(Image& picture, const Window& window, Rgb color) {
  for (std::int64_t y = window.top; y < window.top + window.height; ++y) {
    std::uint8_t* pixel = picture.row<std::uint8_t>(y).data() + 3 * window.left;
    for (std::int64_t x = 0; x < window.width; ++x, pixel += 3) {
      pixel[0] = color.r;
      pixel[1] = color.g;
      pixel[2] = color.b;
    }
  }
}

}  // namespace seg
