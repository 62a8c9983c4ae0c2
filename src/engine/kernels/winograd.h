// SPDX-License-Identifier: Apache-2.0
// 3x3 convolutions of stride 1 and padding 1 by Winograd's algorithm: by F(4x4, 3x3) for float maps, with a quarter of
// the multiplications, and by F(2x2, 3x3) for maps of bfloat16, with four ninths of them.
//
// Maps are dense and channels-last on the CPU, weights [out, in, 3, 3] of their type in any layout, without bias;
// channels come in multiples of 16. Against float64 the error is some 4e-6 of the result's size in float, where summing
// as written has 1e-6, and 4e-3 in bfloat16, where it has 2e-3. Results do not depend on the number of threads.
// Formulas: winograd_f4.h, winograd_f2.h.
#pragma once
#include <ATen/core/Tensor.h>

namespace seg::kernels::winograd {

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight);
at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& weight);
at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& dy);  // [out, in, 3, 3]

}  // namespace seg::kernels::winograd
