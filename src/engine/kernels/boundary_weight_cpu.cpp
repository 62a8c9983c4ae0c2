// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>

#include "base/distance_falloff.h"
#include "engine/kernels/kernels.h"

namespace seg::kernels {

// A distance is one of 256.
Tensors boundary_weight_cpu(const Call& call) {
  const at::Tensor& distances = call.reads[0];
  if (call.context.full != at::kFloat || !distances.is_contiguous()) return boundary_weight(call);
  const auto& o = options_of<BoundaryWeightOptions>(call.node);
  std::array<float, 256> table{};
  std::ranges::transform(distance_falloff(o.sigma), table.begin(),
                         [&](double falloff) { return static_cast<float>(1 + o.weight * falloff); });
  const at::Tensor weights = at::empty(distances.sizes(), distances.options().dtype(at::kFloat));
  const auto* const from = distances.const_data_ptr<std::uint8_t>();
  auto* const to = weights.mutable_data_ptr<float>();
  constexpr std::int64_t kGrain = 32768;
  at::parallel_for(0, distances.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] = table[from[i]];
  });
  return {weights};
}

}  // namespace seg::kernels
