// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/dropout.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/random.h"
#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

std::uint32_t low_half(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high_half(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

// dropout_bits() in int64, which every device has: values stay below 2^32 by masking.
at::Tensor bits_of(const Call& call, const at::Tensor& x) {
  constexpr std::int64_t kMask = 0xFFFFFFFF;
  const auto options = x.options().dtype(at::kLong);
  const std::int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  const at::Tensor position =
      at::arange(height * width * channels, options).view({1, height, width, channels}).permute({0, 3, 1, 2});
  // Pinned, so that the copy to a GPU waits for nothing; the allocator keeps the memory until it was read.
  at::Tensor keys = at::empty({2, x.size(0), 1, 1, 1}, at::TensorOptions(at::kLong).pinned_memory(x.is_cuda()));
  auto* const key_data = keys.mutable_data_ptr<std::int64_t>();
  for (std::int64_t n = 0; n < x.size(0); ++n) {
    const DropoutKey key = dropout_key(call.context.dropout_seed, call.node.name,
                                       call.context.sample_numbers[static_cast<std::size_t>(n)]);
    key_data[n] = key.first;
    key_data[x.size(0) + n] = key.second;
  }
  keys = keys.to(at::TensorOptions(x.device()), /*non_blocking=*/true);
  at::Tensor h = position.mul(0x9E3779B1).add(keys[0]).bitwise_and_(kMask);
  h = h.bitwise_xor(h.bitwise_right_shift(16)).mul_(0x7FEB352D).bitwise_and_(kMask);
  h = h.bitwise_xor(h.bitwise_right_shift(15)).add_(keys[1]).bitwise_and_(kMask).mul_(0x846CA68B).bitwise_and_(kMask);
  return h.bitwise_xor(h.bitwise_right_shift(16));
}

}  // namespace

DropoutKey dropout_key(std::uint64_t seed, std::string_view node, std::uint64_t sample) {
  const std::uint64_t name = hash_of(node.data(), node.size());
  const PhiloxBlock of_sample =
      philox({low_half(sample), high_half(sample), 0, static_cast<std::uint32_t>(RandomStream::dropout)},
             {low_half(seed), high_half(seed)});
  const PhiloxBlock of_node =
      philox({low_half(name), high_half(name), of_sample[2], of_sample[3]}, {of_sample[0], of_sample[1]});
  return {of_node[0], of_node[1]};
}

std::uint32_t dropout_threshold(double p) {
  constexpr double kRange = 4294967296.0;
  return static_cast<std::uint32_t>(std::min(std::round(p * kRange), kRange - 1.0));
}

Tensors dropout(const Call& call) {
  at::Tensor x = call.reads[0];
  const double p = options_of<DropoutOptions>(call.node).p;
  if (!call.context.training) return {call.in_place ? x : x.clone()};
  if (call.context.sample_numbers.size() != static_cast<std::size_t>(x.size(0)))
    throw std::logic_error("[dropout] " + call.node.name + ": needs one sample number an image");
  const at::Tensor factor =
      bits_of(call, x).ge(static_cast<std::int64_t>(dropout_threshold(p))).to(x.scalar_type()).mul_(dropout_scale(p));
  return {call.in_place ? x.mul_(factor) : at::mul(x, factor)};
}

}  // namespace seg::kernels
