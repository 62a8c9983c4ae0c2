// SPDX-License-Identifier: Apache-2.0
// The one place where logits are brought to the resolution of their image: evaluation, prediction, `forward`, export.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "graph/graph.h"

namespace seg {

// [N,K,h,w] of any floating type -> [N,K,height,width] float, enlarged as the output's rule says. The size is the
// network's input size (padding included) or any other that evaluation wants.
at::Tensor full_resolution(const at::Tensor& values, const Output& output, std::int64_t height, std::int64_t width);

}  // namespace seg
