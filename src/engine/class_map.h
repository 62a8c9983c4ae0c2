// SPDX-License-Identifier: Apache-2.0
// A class for each pixel: what evaluation and prediction make of logits when nobody asks for more.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "graph/graph.h"

namespace seg {

// values [N,K,h,w] of any floating type, K at most 256 -> uint8 [N,height,width]: the class whose logit is largest once
// they are enlarged as the output's rule says, as argmax(full_resolution()) gives it, but for logits that differ by
// rounding only. On CPUs without enlarging them: neither the map of all classes' logits nor int64 numbers are made.
at::Tensor class_map(const at::Tensor& values, const Output& output, std::int64_t height, std::int64_t width);

}  // namespace seg
