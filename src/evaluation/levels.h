// SPDX-License-Identifier: Apache-2.0
// Images of another size, as a network that normalises takes them: resized, with float levels between whole ones, or in
// a larger one of one colour.
#pragma once
#include <ATen/core/Tensor.h>

#include "evaluation/pixel_extent.h"

namespace seg {

// [N,H,W,C], uint8, uint16 or float levels -> the same of the given size, bilinear. Float, unless the size is the same
// and levels are bytes already.
at::Tensor resized_levels(const at::Tensor& images, const PixelExtent& to, bool align_corners);

// The images [N,H,W,C] with their first pixel at `corner` of ones of that size, elsewhere of `colour` [C], which is cut
// where their type is of whole numbers.
at::Tensor on_colour(const at::Tensor& images, const PixelExtent& size, const at::Tensor& colour,
                     const PixelExtent& corner = {});

}  // namespace seg
