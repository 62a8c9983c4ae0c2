// SPDX-License-Identifier: Apache-2.0
// How much less a pixel counts the farther it is from a boundary: exp(-d^2 / (2 sigma^2)).
//
// Pure functions.
#pragma once
#include <array>

namespace seg {

// By distances in eighths of a pixel, as image/distance_map.h gives them; sigma in pixels, above 0.
std::array<double, 256> distance_falloff(double sigma);

}  // namespace seg
