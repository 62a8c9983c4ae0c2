// SPDX-License-Identifier: Apache-2.0
// graph/fold_batch_norm.cpp says what is folded into what.
#include <ATen/ops/rsqrt.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

// scale / deviation, of each channel.
at::Tensor factor_of(const Call& call, const at::Tensor& scale, const at::Tensor& variance) {
  return scale.mul(at::rsqrt(variance.add(options_of<BatchNormOptions>(call.node).eps)));
}

}  // namespace

Tensors folded_weight(const Call& call) {
  return {call.reads[0].mul(factor_of(call, call.reads[1], call.reads[2]).view({-1, 1, 1, 1}))};
}

Tensors folded_bias(const Call& call) {
  const at::Tensor &bias = call.reads[0], &shift = call.reads[2], &mean = call.reads[3];
  const at::Tensor from = bias.defined() ? bias.sub(mean) : mean.neg();
  return {from.mul(factor_of(call, call.reads[1], call.reads[4])).add_(shift)};
}

}  // namespace seg::kernels
