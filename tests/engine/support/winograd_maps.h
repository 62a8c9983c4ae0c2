// SPDX-License-Identifier: Apache-2.0
// Operands for the tests of Winograd's convolutions, and how far results are from exact ones.
#pragma once
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>

namespace seg::testing {

struct WinogradMaps {
  at::Tensor x, weight, dy;
};

inline at::Tensor channels_last(const at::Tensor& map) { return map.contiguous(at::MemoryFormat::ChannelsLast); }

inline WinogradMaps winograd_maps(std::int64_t images, std::int64_t in, std::int64_t out, std::int64_t height,
                                  std::int64_t width) {
  at::manual_seed(5);
  return {channels_last(at::randn({images, in, height, width})), channels_last(at::randn({out, in, 3, 3})),
          channels_last(at::randn({images, out, height, width}))};
}

inline WinogradMaps in_bfloat16(const WinogradMaps& m) {
  return {m.x.to(at::kBFloat16), m.weight.to(at::kBFloat16), m.dy.to(at::kBFloat16)};
}

// Relative to the size of the whole.
inline double error_of(const at::Tensor& value, const at::Tensor& exact) {
  return ((value.to(at::kDouble) - exact).norm() / exact.norm()).item<double>();
}

}  // namespace seg::testing
