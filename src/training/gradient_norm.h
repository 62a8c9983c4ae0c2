// SPDX-License-Identifier: Apache-2.0
// The L2 norm over all gradients of a store, as one vector, and clipping by it. Nothing is read back from the device.
#pragma once
#include <ATen/core/Tensor.h>

#include "engine/parameter_store.h"

namespace seg {

// Scalar of the gradients' type, on their device. It is finite only if every gradient is.
at::Tensor gradient_norm(const ParameterStore& parameters);

// Multiplies all gradients by min(1, limit / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_ does.
void clip_gradients(const ParameterStore& parameters, const at::Tensor& norm, double limit);

}  // namespace seg
