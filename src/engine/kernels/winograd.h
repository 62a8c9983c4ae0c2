// SPDX-License-Identifier: Apache-2.0
// 3x3 convolutions of stride 1 and padding 1 by Winograd's F(4x4, 3x3): a quarter of the multiplications.
//
// Maps are float and channels-last on the CPU, without bias; channels come in multiples of 16. Against float64 the
// error is some 4e-6 of the result's size, where summing as written has 1e-6. Results do not depend on the number of
// threads. Formulas: winograd_transforms.h.
#pragma once
#include <ATen/core/Tensor.h>

namespace seg::kernels::winograd {

bool serves(const at::Tensor& map, const at::Tensor& weight);  // weight [out, in, 3, 3]

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight);
at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& weight);
at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& dy);  // [out, in, 3, 3]

}  // namespace seg::kernels::winograd
