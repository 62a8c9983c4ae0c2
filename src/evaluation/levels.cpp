// SPDX-License-Identifier: Apache-2.0
#include "evaluation/levels.h"

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

}  // namespace seg
