// SPDX-License-Identifier: Apache-2.0
// Rectangles of one colour in pictures.
#pragma once
#include "image/color.h"
#include "image/image.h"

namespace seg {

// In an 8-bit RGB picture, within which the window lies.
void fill(Image& picture, const Window& window, Rgb color);

}  // namespace seg
