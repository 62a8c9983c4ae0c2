// SPDX-License-Identifier: Apache-2.0
// The gradient of a convolution's weight by its definition: for each tap, a product of the input's pixels under it with
// the gradient of the output. For float maps of large size and stride 2, where the library is slow.
//
// Maps are dense and channels-last on the CPU, groups and dilation 1; output channels come in multiples of 16. Sums are
// of floats, in an order that depends on the shapes alone, not on the number of threads.
#pragma once
#include <ATen/core/Tensor.h>

#include "graph/graph.h"

namespace seg::kernels {

bool serves_direct_weight_gradient(const ConvolutionOptions& options);

at::Tensor direct_weight_gradient(const ConvolutionOptions& options, const at::Tensor& x,
                                  const at::Tensor& dy);  // [out, in, kernel, kernel]

}  // namespace seg::kernels
