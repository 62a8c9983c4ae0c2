// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/dense_map.h"

#include <ATen/ops/empty.h>

namespace seg::kernels {

at::Tensor empty_map(const Shape& shape, const at::Tensor& like) {
  return at::empty(shape, like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

}  // namespace seg::kernels
