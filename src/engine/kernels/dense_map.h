// SPDX-License-Identifier: Apache-2.0
// Maps as our own CPU kernels read and write them: channels-last without gaps, float or bfloat16 (by its bits).
#pragma once
#include <ATen/core/Tensor.h>

#include "graph/graph.h"

namespace seg::kernels {

// Whether it is such a map, and not empty.
inline bool is_dense_map(const at::Tensor& x) {
  return (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) && x.numel() > 0 &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

// [N,C,H,W], channels-last, of the other's type and device. Its numbers are not set.
at::Tensor empty_map(const Shape& shape, const at::Tensor& like);

// T is float, or uint16_t for the bits of bfloat16 values.
template <class T>
const T* values_of(const at::Tensor& x) {
  return static_cast<const T*>(x.const_data_ptr());
}
template <class T>
T* values_to(const at::Tensor& x) {
  return static_cast<T*>(x.mutable_data_ptr());
}

}  // namespace seg::kernels
