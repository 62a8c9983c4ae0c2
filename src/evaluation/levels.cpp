// SPDX-License-Identifier: Apache-2.0
#include "evaluation/levels.h"

#include <ATen/ops/empty.h>

#include "engine/kernels/resample.h"

namespace seg {

at::Tensor resized_levels(const at::Tensor& images, const PixelExtent& to, bool align_corners) {
  const bool is_of_size = images.size(1) == to.height && images.size(2) == to.width;
  if (is_of_size && images.scalar_type() == at::kByte) return images;
  // uint16 has few kernels in ATen; all its values are exact in int32.
  const at::Tensor levels = images.is_floating_point() ? images : images.to(at::kInt).to(at::kFloat);
  if (is_of_size) return levels;
  const kernels::Resampling resampling{.height = to.height, .width = to.width, .align_corners = align_corners};
  return kernels::resample(levels.permute({0, 3, 1, 2}), resampling).permute({0, 2, 3, 1});
}

at::Tensor on_colour(const at::Tensor& images, const PixelExtent& size, const at::Tensor& colour,
                     const PixelExtent& corner) {
  const at::Tensor result = at::empty({images.size(0), size.height, size.width, images.size(3)}, images.options());
  // uint16 has few kernels in ATen; as bits it is int16, and here numbers are only moved.
  const at::ScalarType movable = images.scalar_type() == at::kUInt16 ? at::kShort : images.scalar_type();
  const at::Tensor numbers = images.is_floating_point() ? colour : colour.to(at::kInt);
  const at::Tensor canvas = result.view(movable);
  canvas.copy_(numbers.to(movable));
  canvas.narrow(1, corner.height, images.size(1)).narrow(2, corner.width, images.size(2)).copy_(images.view(movable));
  return result;
}

}  // namespace seg
