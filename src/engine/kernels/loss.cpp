// SPDX-License-Identifier: Apache-2.0
// The loss as a composite of ATen's operations, for every device. Nothing is read back to the host. What weights and
// smoothing mean: loss_weights.h.
#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>

#include <cmath>
#include <limits>

#include "engine/kernels/class_weight_tensor.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/resample.h"

namespace seg::kernels {
namespace {

// The share of each pixel in the mean: 1, 0, or for ties something between. losses [M], valid [M].
at::Tensor shares_of(const LossOptions& o, const at::Tensor& losses, const at::Tensor& valid) {
  const auto number = losses.options();
  if (o.kind != LossKind::ohem) return valid.to(losses.scalar_type());
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
  return at::where(too_few, of_top, hard.to(losses.scalar_type()));
}

// Weights as tensors: of each pixel's label [N,1,H,W] and of the classes [1,K,1,1]; undefined where all are 1.
struct ClassWeights {
  at::Tensor of_label, of_class;
};

ClassWeights class_weights(const LossOptions& o, const at::Tensor& log_p, const at::Tensor& target) {
  if (o.class_weights.empty()) return {};
  const at::Tensor& weights =
      class_weight_tensor(o.class_weights, at::TensorOptions(log_p.device()).dtype(log_p.scalar_type()));
  return {weights.take(target), weights.view({1, -1, 1, 1})};
}

// Of the focal loss: how much each pixel's loss counts, (1 - p)^gamma, and gamma * p / (1 - p), by which the gradient
// of that is its share times the softmax's. Undefined for other losses. losses: -log p.
struct Focus {
  at::Tensor share, change;
};

Focus focus_of(const LossOptions& o, const at::Tensor& losses) {
  if (o.kind != LossKind::focal) return {};
  constexpr double kLeastDoubt = 0x1p-24;
  const at::Tensor doubt = losses.neg().expm1_().neg_().clamp_min_(kLeastDoubt);
  return {doubt.pow(o.focal_gamma), losses.neg().exp_().div_(doubt).mul_(o.focal_gamma)};
}

}  // namespace

Tensors loss(const Call& call) {
  const auto& o = options_of<LossOptions>(call.node);
  if (o.kind == LossKind::distance) return distance_loss(call);
  if (o.kind == LossKind::dice || o.kind == LossKind::lovasz) return region_loss(call);
  const at::Tensor &logits = call.reads[0], &labels = call.reads[1];
  const Resampling size = by_rule(o.upsample, labels.size(1), labels.size(2));
  const std::int64_t classes = logits.size(1);
  const at::Tensor log_p = at::_log_softmax(resample(logits, size), 1, /*half_to_float=*/false);
  const at::Tensor classes_of_pixels = labels.to(at::kLong).unsqueeze(1);
  const at::Tensor valid = classes_of_pixels.ne(o.ignore_label);
  const at::Tensor target = classes_of_pixels.clamp_max(classes - 1);  // in range for gather; NaN below if it was not
  at::Tensor losses = at::gather(log_p, 1, target).neg_();
  losses.masked_fill_(classes_of_pixels.ge(classes), std::numeric_limits<double>::quiet_NaN());
  losses.masked_fill_(valid.logical_not(), 0);

  at::Tensor shares = shares_of(o, losses.flatten(), valid.flatten()).view(losses.sizes());
  if (call.reads.size() > 2 && call.reads[2].defined())
    shares = shares.mul(call.reads[2].to(shares.scalar_type()).unsqueeze(1));
  const auto [of_label, of_class] = class_weights(o, log_p, target);
  const bool divides_by_weights = of_label.defined() && o.kind != LossKind::ohem;
  at::Tensor count = (divides_by_weights ? shares.mul(of_label) : shares).sum();
  count.masked_fill_(count.eq(0), std::numeric_limits<double>::infinity());  // without any that counts all is 0
  const Focus focus = focus_of(o, losses);
  if (of_label.defined()) losses.mul_(of_label);
  const double uniform = o.label_smoothing / static_cast<double>(classes);
  if (uniform != 0.0) {
    const at::Tensor spread = (of_class.defined() ? log_p.mul(of_class) : log_p).sum(1, /*keepdim=*/true);
    losses.mul_(1 - o.label_smoothing).sub_(spread.mul_(uniform));
  }
  if (focus.share.defined()) shares = shares.mul(focus.share);
  const at::Tensor value = shares.mul(losses).sum().div_(count);
  if (!call.wants(1)) return {value, {}};

  const at::Tensor factor = shares.div(count).mul_(o.weight * call.context.loss_weight);
  const at::Tensor is_target = at::arange(classes, target.options()).view({1, classes, 1, 1}).eq(target);
  at::Tensor gradient = log_p.exp();
  if (!of_label.defined() && uniform == 0.0 && !focus.share.defined()) {
    gradient.sub_(is_target.to(log_p.scalar_type())).mul_(factor);
  } else {
    at::Tensor picked = (of_label.defined() ? factor.mul(of_label) : factor).mul(1 - o.label_smoothing);
    if (focus.share.defined()) picked.add_(factor.mul(focus.change).mul_(losses));
    const at::Tensor weights = of_class.defined() ? of_class : at::ones({1, classes, 1, 1}, log_p.options());
    gradient.mul_(picked.add(factor.mul(weights.sum()), uniform)).sub_(is_target.to(log_p.scalar_type()).mul_(picked));
    gradient.sub_(factor.mul(weights), uniform);
  }
  return {value, resample_vjp(gradient, logits.sizes().vec(), size)};
}

}  // namespace seg::kernels
