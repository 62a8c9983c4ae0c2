// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/empty.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

// One number per channel of an interleaved image. Filled on the device: a copy from the host would wait for it.
at::Tensor per_channel(const std::vector<double>& values, const at::Tensor& like) {
  at::Tensor result = at::empty({static_cast<std::int64_t>(values.size())}, like.options());
  for (std::size_t i = 0; i < values.size(); ++i) result.select(0, static_cast<std::int64_t>(i)).fill_(values[i]);
  return result;
}

}  // namespace

Tensors normalize(const Call& call) {
  const auto& o = options_of<NormalizeOptions>(call.node);
  // uint16 has few kernels in ATen; all its values are exact in int32.
  const at::Tensor& image = call.reads[0];
  const at::Tensor x = (image.is_floating_point() ? image : image.to(at::kInt)).to(call.context.full);
  const at::Tensor y = x.mul(o.scale).sub_(per_channel(o.mean, x)).div_(per_channel(o.deviation, x));
  // The interleaved image IS a channels-last map.
  return {y.to(scalar_type(o.to, call.context)).permute({0, 3, 1, 2})};
}

}  // namespace seg::kernels
