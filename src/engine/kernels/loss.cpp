// SPDX-License-Identifier: Apache-2.0
// The loss as a composite of ATen's operations, for every device. Nothing is read back to the host.
#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <limits>

#include "engine/kernels/kernels.h"
#include "engine/kernels/resample.h"

namespace seg::kernels {
namespace {

Resampling enlargement(const LossOptions& o, const at::Tensor& labels) {
  return {.height = labels.size(1),
          .width = labels.size(2),
          .mode = o.upsample.mode,
          .align_corners = o.upsample.align_corners};
}

// The number of pixels that count, and each one's weight times it. losses [M], valid [M].
struct Counted {
  at::Tensor weights;  // [M]
  at::Tensor count;    // scalar, at least 1
};

Counted count_pixels(const LossOptions& o, const at::Tensor& losses, const at::Tensor& valid) {
  const auto number = losses.options();
  if (o.kind == LossKind::cross_entropy) {
    const at::Tensor weights = valid.to(losses.scalar_type());
    return {weights, weights.sum().clamp_min(1)};
  }
  // NaN counts as hard, so that it shows in the value.
  const at::Tensor hard = losses.le(-std::log(o.ohem_thresh)).logical_not_().logical_and_(valid);
  const at::Tensor num_hard = hard.sum();
  const at::Tensor kept = valid.sum().to(at::kDouble).mul_(o.ohem_min_kept).floor_().to(at::kLong);
  const at::Tensor too_few = num_hard.lt(kept);
  const at::Tensor sorted =
      std::get<0>(at::sort(at::where(valid, losses, at::scalar_tensor(-1, number)), 0, /*descending=*/true));
  const at::Tensor smallest = sorted.gather(0, kept.sub(1).clamp_min_(0).unsqueeze(0));
  const at::Tensor above = losses.gt(smallest).logical_and_(valid), equal = losses.eq(smallest).logical_and_(valid);
  const at::Tensor share = kept.sub(above.sum()).to(number.dtype()).div(equal.sum().clamp_min_(1));
  const at::Tensor of_top = above.to(losses.scalar_type()).add_(equal.to(losses.scalar_type()).mul_(share));
  return {at::where(too_few, of_top, hard.to(losses.scalar_type())),
          at::where(too_few, kept, num_hard).clamp_min_(1).to(losses.scalar_type())};
}

}  // namespace

Tensors loss(const Call& call) {
  const auto& o = options_of<LossOptions>(call.node);
  const at::Tensor &logits = call.reads[0], &labels = call.reads[1];
  const Resampling size = enlargement(o, labels);
  const std::int64_t classes = logits.size(1);
  const at::Tensor log_p = at::_log_softmax(resample(logits, size), 1, /*half_to_float=*/false);
  const at::Tensor classes_of_pixels = labels.to(at::kLong).unsqueeze(1);
  const at::Tensor valid = classes_of_pixels.ne(o.ignore_label);
  const at::Tensor target = classes_of_pixels.clamp_max(classes - 1);  // in range for gather; NaN below if it was not
  at::Tensor losses = at::gather(log_p, 1, target).neg_();
  losses.masked_fill_(classes_of_pixels.ge(classes), std::numeric_limits<double>::quiet_NaN());
  losses.masked_fill_(valid.logical_not(), 0);
  const auto [weights, count] = count_pixels(o, losses.flatten(), valid.flatten());
  const at::Tensor value = weights.mul(losses.flatten()).sum().div_(count);
  if (!call.wants(1)) return {value, {}};

  const at::Tensor factor = weights.view(losses.sizes()).div(count).mul_(o.weight * call.context.loss_weight);
  const at::Tensor is_target = at::arange(classes, target.options()).view({1, classes, 1, 1}).eq(target);
  const at::Tensor gradient = log_p.exp().sub_(is_target.to(log_p.scalar_type())).mul_(factor);
  return {value, resample_vjp(gradient, logits.sizes().vec(), size)};
}

}  // namespace seg::kernels
