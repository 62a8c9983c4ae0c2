// SPDX-License-Identifier: Apache-2.0
// The loss of a distance head: the mean over valid pixels of the smooth L1 loss (its bend at 1) between the enlarged
// map and min(d, limit) / limit, where d is the distance to the nearest boundary.
#include <ATen/TensorOperators.h>

#include "engine/kernels/kernels.h"
#include "engine/kernels/resample.h"

namespace seg::kernels {

Tensors distance_loss(const Call& call) {
  const auto& o = options_of<LossOptions>(call.node);
  const at::Tensor &map = call.reads[0], &labels = call.reads[1];
  const Resampling size = by_rule(o.upsample, labels.size(1), labels.size(2));
  const at::Tensor is_ignored = labels.eq(o.ignore_label).unsqueeze_(1);
  at::Tensor difference = resample(map, size);
  difference.sub_(call.reads[2].to(map.scalar_type()).div_(8 * o.distance_limit).clamp_max_(1).unsqueeze_(1));
  difference.masked_fill_(is_ignored, 0);
  // With c = min(|x|, 1) the loss of a pixel is c (|x| - c / 2).
  at::Tensor losses = difference.abs();
  const at::Tensor bounded = losses.clamp_max(1);
  losses.sub_(bounded, 0.5).mul_(bounded);
  const at::Tensor count = is_ignored.logical_not().sum().clamp_min_(1).to(map.scalar_type());
  const at::Tensor value = losses.sum().div_(count);
  if (!call.wants(1)) return {value, {}};
  difference.clamp_(-1, 1).mul_(o.weight * call.context.loss_weight).div_(count);
  return {value, resample_vjp(difference, map.sizes().vec(), size)};
}

}  // namespace seg::kernels
