// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/kernels.h"
#include "engine/kernels/resample.h"

namespace seg::kernels {
namespace {

Resampling resampling_of(const Call& call) {
  const auto& o = options_of<UpsampleOptions>(call.node);
  const Shape& shape = call.output_shape();
  return {.height = shape[2], .width = shape[3], .mode = o.mode, .align_corners = o.align_corners};
}

}  // namespace

Tensors upsample(const Call& call) { return {resample(call.reads[0], resampling_of(call))}; }

Tensors upsample_vjp(const Call& call) {
  return {resample_vjp(call.reads[0], call.input_shape(0), resampling_of(call))};
}

}  // namespace seg::kernels
