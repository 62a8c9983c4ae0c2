// SPDX-License-Identifier: Apache-2.0
// What the composite batch normalisation and the CPU's own agree on.
#pragma once
#include "engine/kernels/kernel.h"

namespace seg::kernels {

// In evaluation, in the graph's inference form, and where a channel has a single value, which has no variance: the
// usual formula divides by the number of values less one, and gives NaN. The network says once that this happens.
bool uses_running_statistics(const Call& call);

// Whether the CPU's own kernel serves maps [N,C,H,W] of this shape. Of a handful of values hardly any gradient is left
// after mean and slope are taken away (of two: eps over the variance). ATen works in double there, and there is nothing
// to gain.
bool has_own_batch_norm(const Shape& map);

}  // namespace seg::kernels
