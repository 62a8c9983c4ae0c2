// SPDX-License-Identifier: Apache-2.0
// As composites of ATen's operations, for every device. Chosen places are in ascending order, of equal margins the
// first ones.
#include "engine/kernels/point_choice.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/topk.h>

#include <tuple>

#include "engine/kernels/kernels.h"
#include "engine/kernels/keyed_bits.h"
#include "engine/kernels/point_places.h"

namespace seg::kernels {
namespace {

// logits [N,K,H,W] -> [N,HW]
at::Tensor margins_of(const at::Tensor& logits) {
  const at::Tensor largest = std::get<0>(at::topk(logits, 2, 1));
  const at::Tensor margins = largest.select(1, 0).sub(largest.select(1, 1)).flatten(1);
  return margins.masked_fill_(margins.ge(0).logical_not_(), 0);
}

// margins [N,M] -> int64 [N,count]
at::Tensor least_of(const at::Tensor& margins, std::int64_t count) {
  const at::Tensor order = std::get<1>(at::sort(margins, /*stable=*/true, 1, /*descending=*/false));
  return std::get<0>(at::sort(order.narrow(1, 0, count), 1, /*descending=*/false));
}

// [N,count,2]
at::Tensor drawn(const Call& call, std::int64_t count) {
  const at::Tensor positions =
      at::arange(2 * count, call.reads[0].options().dtype(at::kLong).memory_format(std::nullopt));
  return keyed_bits(call, positions.view({1, count, 2, 1}))
      .bitwise_right_shift(kDroppedBits)
      .to(call.context.full)
      .mul_(kCoordinateStep)
      .squeeze(3);
}

}  // namespace

Tensors choose_points(const Call& call) {
  const auto& o = options_of<ChoosePointsOptions>(call.node);
  const at::Tensor& logits = call.reads[0];
  const at::Tensor all = drawn(call, o.candidates + o.uniform);
  const at::Tensor candidates = all.narrow(1, 0, o.candidates);
  const at::Tensor chosen = least_of(margins_of(sampled(logits, candidates, o.padding)), o.uncertain);
  Tensors parts{candidates.gather(1, chosen.unsqueeze(2).expand({-1, -1, 2})), all.narrow(1, o.candidates, o.uniform)};
  if (call.reads.size() > 1) parts.push_back(call.reads[1].to(call.context.full));
  return {at::cat(parts, 1)};
}

Tensors choose_cells(const Call& call) {
  const at::Tensor& logits = call.reads[0];
  const std::int64_t height = logits.size(2), width = logits.size(3);
  const at::Tensor cells = least_of(margins_of(logits), call.output_shape()[1]);
  const auto centre = [&](const at::Tensor& cell, std::int64_t extent) {
    return cell.to(call.context.full).add_(0.5).div_(static_cast<double>(extent));
  };
  const at::Tensor rows = cells.div(width, "floor");
  return {at::stack({centre(cells.sub(rows.mul(width)), width), centre(rows, height)}, 2)};
}

}  // namespace seg::kernels
