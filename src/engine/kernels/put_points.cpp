// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/arange.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {

// Points lie in cells of their own, so the order in which they are put does not matter.
Tensors put_points(const Call& call) {
  const at::Tensor map = call.in_place ? call.reads[0] : call.reads[0].clone();
  const at::Tensor &points = call.reads[1], &values = call.reads[2];
  const std::int64_t images = map.size(0), channels = map.size(1), height = map.size(2), width = map.size(3);
  const auto cell = [&](std::int64_t axis, std::int64_t extent) {
    return points.select(2, axis)
        .mul(static_cast<double>(extent))
        .floor_()
        .clamp_(0, static_cast<double>(extent - 1))
        .to(at::kLong);
  };
  const at::Tensor first = at::arange(images, points.options().dtype(at::kLong)).mul_(height * width).unsqueeze_(1);
  const at::Tensor place = cell(1, height).mul_(width).add_(cell(0, width)).add_(first);
  map.permute({0, 2, 3, 1})
      .view({images * height * width, channels})
      .index_copy_(0, place.flatten(), values.permute({0, 2, 3, 1}).reshape({-1, channels}).to(map.scalar_type()));
  return {map};
}

}  // namespace seg::kernels
