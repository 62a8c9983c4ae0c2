// SPDX-License-Identifier: Apache-2.0
// Images of several files as one: their channels side by side in each pixel.
//
// Pure functions.
#pragma once
#include <cstdint>

#include "image/image.h"

namespace seg {

// Copies all channels of `part` to channel `first` and those after it of `whole`, which has the same size. 8-bit values
// become 16-bit ones times 257, so that the largest value stays the largest; 16-bit values need a `whole` of 16 bits.
void put_channels(const Image& part, std::int64_t first, Image& whole);

}  // namespace seg
