// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/keyed_bits.h"

#include <ATen/ops/empty.h>

#include <stdexcept>

#include "engine/kernels/dropout.h"

namespace seg::kernels {

// dropout_bits() in int64, which every device has: values stay below 2^32 by masking.
at::Tensor keyed_bits(const Call& call, const at::Tensor& positions) {
  constexpr std::int64_t kMask = 0xFFFFFFFF;
  const std::int64_t images = call.input_shape(0)[0];
  if (call.context.sample_numbers.size() != static_cast<std::size_t>(images))
    throw std::logic_error("[keyed_bits] " + call.node.name + ": needs one sample number an image");
  // Pinned, so that the copy to a GPU waits for nothing; the allocator keeps the memory until it was read.
  at::Tensor keys = at::empty({2, images, 1, 1, 1}, at::TensorOptions(at::kLong).pinned_memory(positions.is_cuda()));
  auto* const key_data = keys.mutable_data_ptr<std::int64_t>();
  for (std::int64_t n = 0; n < images; ++n) {
    const DropoutKey key = dropout_key(call.context.dropout_seed, call.node.name,
                                       call.context.sample_numbers[static_cast<std::size_t>(n)]);
    key_data[n] = key.first;
    key_data[images + n] = key.second;
  }
  keys = keys.to(at::TensorOptions(positions.device()), /*non_blocking=*/true);
  at::Tensor h = positions.mul(0x9E3779B1).add(keys[0]).bitwise_and_(kMask);
  h = h.bitwise_xor(h.bitwise_right_shift(16)).mul_(0x7FEB352D).bitwise_and_(kMask);
  h = h.bitwise_xor(h.bitwise_right_shift(15)).add_(keys[1]).bitwise_and_(kMask).mul_(0x846CA68B).bitwise_and_(kMask);
  return h.bitwise_xor(h.bitwise_right_shift(16));
}

}  // namespace seg::kernels
