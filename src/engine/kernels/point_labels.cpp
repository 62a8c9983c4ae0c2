// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/gather.h>
#include <ATen/ops/round.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {

// The label whose centre is nearest; half-way between two, that of the even row or column.
Tensors point_labels(const Call& call) {
  const at::Tensor &labels = call.reads[0], &points = call.reads[1];
  const auto nearest = [&](std::int64_t axis, std::int64_t extent) {
    return points.select(2, axis)
        .mul(static_cast<double>(extent))
        .sub_(0.5)
        .round_()
        .clamp_(0, static_cast<double>(extent - 1))
        .to(at::kLong);
  };
  const at::Tensor place = nearest(1, labels.size(1)).mul_(labels.size(2)).add_(nearest(0, labels.size(2)));
  return {labels.flatten(1).gather(1, place).unsqueeze(1)};
}

}  // namespace seg::kernels
