// SPDX-License-Identifier: Apache-2.0
// Which kernel serves a convolution on a CPU, in each direction: the one place where that is decided.
//
// By its options, the shape of its map and the type of its numbers alone, so that a config gives the same bits on every
// run and on any number of threads. Instruction sets: a pass marks convolutions for Winograd's algorithm where the
// processor makes it pay (graph/pass_catalogue.h); below that, kernels take the best vectors there are.
#pragma once
#include <c10/core/ScalarType.h>

#include <cstdint>

#include "graph/graph.h"

namespace seg::kernels {

enum class ConvolutionKernel : std::uint8_t {
  composite,  // ATen's operations
  library,    // library_convolution.h
  depthwise,  // depthwise.h
  winograd,   // winograd.h
  direct      // direct_weight_gradient.h
};

struct ConvolutionKernels {
  ConvolutionKernel forward = ConvolutionKernel::composite;
  ConvolutionKernel input_gradient = ConvolutionKernel::composite;
  ConvolutionKernel weight_gradient = ConvolutionKernel::composite;
};

// x [N,C,H,W], dense and channels-last, of numbers of this type, as are weight and gradient. `training`: a derivative
// follows.
ConvolutionKernels choose_convolution(const ConvolutionOptions& options, const Shape& x, at::ScalarType type,
                                      bool training);

}  // namespace seg::kernels
