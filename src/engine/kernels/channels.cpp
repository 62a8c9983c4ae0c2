// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/_softmax.h>
#include <ATen/ops/_softmax_backward_data.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

// A copy: a view would be a second name for the operand's storage, and not dense.
at::Tensor copy_of_channels(const at::Tensor& map, std::int64_t begin, std::int64_t length) {
  return map.narrow(1, begin, length).clone(at::MemoryFormat::ChannelsLast);
}

}  // namespace

Tensors concat(const Call& call) {
  return {at::cat(at::TensorList(call.reads.data(), call.reads.size()), 1).contiguous(at::MemoryFormat::ChannelsLast)};
}

Tensors concat_vjp(const Call& call) {
  Tensors result(call.node.inputs.size());
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t channels = call.input_shape(i)[1];
    if (call.wants(i)) result[i] = copy_of_channels(call.reads[0], begin, channels);
    begin += channels;
  }
  return result;
}

Tensors slice(const Call& call) {
  const auto& o = options_of<SliceOptions>(call.node);
  return {copy_of_channels(call.reads[0], o.begin, o.length)};
}

Tensors slice_vjp(const Call& call) {
  const auto& o = options_of<SliceOptions>(call.node);
  at::Tensor dx =
      at::empty(call.input_shape(0), call.reads[0].options().memory_format(at::MemoryFormat::ChannelsLast)).zero_();
  dx.narrow(1, o.begin, o.length).copy_(call.reads[0]);
  return {dx};
}

Tensors softmax(const Call& call) {
  return {at::_softmax(call.reads[0], 1, /*half_to_float=*/false).contiguous(at::MemoryFormat::ChannelsLast)};
}

Tensors softmax_vjp(const Call& call) {
  return {at::_softmax_backward_data(call.reads[0], call.reads[1], 1, call.reads[1].scalar_type())
              .contiguous(at::MemoryFormat::ChannelsLast)};
}

Tensors argmax(const Call& call) { return {at::argmax(call.reads[0], 1).to(at::kByte)}; }

}  // namespace seg::kernels
