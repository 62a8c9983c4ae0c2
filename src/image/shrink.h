// SPDX-License-Identifier: Apache-2.0
// Smaller pictures for places where the full size would only cost space.
#pragma once
#include <cstdint>

#include "image/image.h"

namespace seg {

// An 8-bit image no side of which is longer than `longest`: means of squares of pixels, as small a whole number of
// pixels wide as will do. What is left over at the right and the bottom is a part of the last squares.
Image shrunk(const Image& image, std::int64_t longest);

}  // namespace seg
