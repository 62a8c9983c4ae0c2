// SPDX-License-Identifier: Apache-2.0
// Class weights on a device.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

namespace seg::kernels {

// [K] of that type and device. A copy from the host would wait for the device, in every head of every step; but all of
// them have the same weights, so the last ones are kept. Of the one thread that calls torch.
const at::Tensor& class_weight_tensor(const std::vector<double>& weights, const at::TensorOptions& number);

}  // namespace seg::kernels
