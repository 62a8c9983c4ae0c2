// SPDX-License-Identifier: Apache-2.0
// A convolution and the ReLU behind it in one call of the library that LibTorch brings for CPUs (oneDNN).
//
// ATen's own convolutions leave the ReLU to another pass over the map and want the bias in the map's type; LibTorch has
// an operator for its compiler that does neither. It is found by name, so a LibTorch without it is served otherwise.
#pragma once
#include <ATen/core/Tensor.h>

#include "graph/graph.h"

namespace seg::kernels {

// For float or bfloat16, which the library has on processors that multiply it only.
bool has_library_convolution(at::ScalarType type);

// Dense channels-last maps of float or bfloat16 with a weight of the same type. bias: [out], float or x's type,
// or undefined.
at::Tensor library_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                               const ConvolutionOptions& options);

}  // namespace seg::kernels
