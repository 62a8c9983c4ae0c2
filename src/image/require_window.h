// SPDX-License-Identifier: Apache-2.0
// What every decoder asks of its caller: a window within the image. Throws std::logic_error.
#pragma once
#include <stdexcept>

#include "image/image.h"

namespace seg {

inline void require_window(const Window& window, const ImageLayout& image) {
  if (!window.within(image.height, image.width)) throw std::logic_error("the window leaves the image");
}

}  // namespace seg
