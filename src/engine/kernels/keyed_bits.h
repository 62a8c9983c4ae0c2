// SPDX-License-Identifier: Apache-2.0
// The random bits of dropout.h by ATen's operations, on any device.
#pragma once
#include <ATen/core/Tensor.h>

#include "engine/kernels/kernel.h"

namespace seg::kernels {

// Positions below 2^32, int64 [1,a,b,c] on the device -> the bits that the node draws there for each image of the run,
// int64 [N,a,b,c]. std::logic_error unless there is one sample number an image.
at::Tensor keyed_bits(const Call& call, const at::Tensor& positions);

}  // namespace seg::kernels
