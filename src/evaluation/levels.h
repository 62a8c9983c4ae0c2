// SPDX-License-Identifier: Apache-2.0
// Images of another size, as a network that normalises takes them: float levels between whole ones.
#pragma once
#include <ATen/core/Tensor.h>

#include "evaluation/start_size.h"

namespace seg {

// [N,H,W,C], uint8, uint16 or float levels -> the same of the given size, bilinear. Float, unless the size is the same
// and levels are bytes already.
at::Tensor resized_levels(const at::Tensor& images, const PixelExtent& to, bool align_corners);

}  // namespace seg
