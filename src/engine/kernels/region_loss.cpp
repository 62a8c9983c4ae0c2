// SPDX-License-Identifier: Apache-2.0
// Dice and Lovasz-softmax (region_weights.h) as a composite of ATen's operations, for every device. Nothing is read
// back to the host. Errors are sorted class by class, so that no more than one class's order is in memory.
#include <ATen/TensorOperators.h>
#include <ATen/ops/_softmax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "engine/kernels/class_weight_tensor.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/resample.h"

namespace seg::kernels {
namespace {

// p and q [N,K,H,W], 0 where a pixel is not valid; valid [N,1,H,W].
struct Regions {
  at::Tensor p, q, valid, has_bad_label;
};

Regions regions_of(const Call& call, const Resampling& size) {
  const auto& o = options_of<LossOptions>(call.node);
  const std::int64_t classes = call.reads[0].size(1);
  const at::Tensor labels = call.reads[1].to(at::kLong).unsqueeze(1);
  const at::Tensor valid = labels.ne(o.ignore_label);
  at::Tensor p = at::_softmax(resample(call.reads[0], size), 1, /*half_to_float=*/false);
  p.masked_fill_(valid.logical_not(), 0);
  const at::Tensor numbers = at::arange(classes, labels.options()).view({1, classes, 1, 1});
  const at::Tensor q = numbers.eq(labels).logical_and_(valid).to(p.scalar_type());
  return {p, q, valid, labels.ge(classes).logical_and_(valid).any()};
}

// The share of each class in the mean [K], as region_shares() gives it. pixels: of each class.
at::Tensor shares_of(const LossOptions& o, const at::Tensor& pixels) {
  at::Tensor shares = pixels.gt(0).to(pixels.scalar_type());
  if (!o.class_weights.empty()) shares.mul_(class_weight_tensor(o.class_weights, pixels.options()));
  const at::Tensor sum = shares.sum();
  return shares.div_(sum.add(sum.eq(0).to(sum.scalar_type())));
}

// A class's loss by its share, and the derivative by p.
struct RegionLoss {
  at::Tensor value, slopes;
};

RegionLoss dice(const Regions& regions, const at::Tensor& shares, const at::Tensor& pixels) {
  const at::Tensor above = regions.p.mul(regions.q).sum({0, 2, 3}).mul_(2).add_(1);
  const at::Tensor below = regions.p.sum({0, 2, 3}).add_(pixels).add_(1);
  const at::Tensor ratio = above.div(below);
  const at::Tensor scale = shares.div(below);
  at::Tensor slopes = regions.q.mul(scale.mul(-2).view({1, -1, 1, 1}));
  slopes.add_(ratio.mul(scale).view({1, -1, 1, 1}));
  return {ratio.neg().add_(1).mul_(shares).sum(), slopes};
}

RegionLoss lovasz(const Regions& regions, const at::Tensor& shares, const at::Tensor& pixels) {
  RegionLoss result{at::zeros({}, regions.p.options()), at::empty_like(regions.p)};
  const at::Tensor ignored = regions.valid.squeeze(1).flatten().logical_not();
  for (std::int64_t k = 0; k < regions.p.size(1); ++k) {
    const at::Tensor q = regions.q.select(1, k).flatten(), p = regions.p.select(1, k).flatten();
    const auto [errors, order] = at::sort(q.sub(p).abs_().masked_fill_(ignored, -1), 0, /*descending=*/true);
    const at::Tensor is_class = q.gather(0, order);
    const at::Tensor wrong = is_class.to(at::kLong).cumsum(0);
    const at::Tensor left = pixels[k].sub(wrong.to(p.scalar_type()));
    const at::Tensor others = is_class.eq(0).cumsum(0);
    const at::Tensor united = pixels[k].add(others.to(p.scalar_type()));
    // What each pixel adds to 1 - IoU: analytically, since differences of numbers near 1 would be rounding.
    const at::Tensor added =
        at::where(is_class.gt(0), united.reciprocal(), left.div(united.mul(united.sub(1).clamp_min_(1))));
    const at::Tensor weighted = added.mul_(shares[k]);
    result.value.add_(errors.clamp_min(0).mul(weighted).sum());
    const at::Tensor signed_slopes = weighted.mul(at::where(is_class.gt(0), -1, 1));
    result.slopes.select(1, k).copy_(
        at::empty_like(p).scatter_(0, order, signed_slopes).view_as(regions.p.select(1, k)));
  }
  return result;
}

}  // namespace

Tensors region_loss(const Call& call) {
  const auto& o = options_of<LossOptions>(call.node);
  const at::Tensor &logits = call.reads[0], &labels = call.reads[1];
  const Resampling size = by_rule(o.upsample, labels.size(1), labels.size(2));
  const Regions regions = regions_of(call, size);
  const at::Tensor pixels = regions.q.sum({0, 2, 3});
  const at::Tensor shares = shares_of(o, pixels);
  RegionLoss loss = o.kind == LossKind::dice ? dice(regions, shares, pixels) : lovasz(regions, shares, pixels);
  loss.value.masked_fill_(regions.has_bad_label, std::numeric_limits<double>::quiet_NaN());
  if (!call.wants(1)) return {loss.value, {}};
  // The softmax's derivative.
  at::Tensor gradient = loss.slopes.sub_(loss.slopes.mul(regions.p).sum(1, /*keepdim=*/true)).mul_(regions.p);
  gradient.masked_fill_(regions.valid.logical_not(), 0).mul_(o.weight * call.context.loss_weight);
  return {loss.value, resample_vjp(gradient, logits.sizes().vec(), size)};
}

}  // namespace seg::kernels
