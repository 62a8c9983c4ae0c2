// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/dropout.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/mul.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/keyed_bits.h"

namespace seg::kernels {
namespace {

std::uint32_t low_half(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high_half(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

at::Tensor bits_of(const Call& call, const at::Tensor& x) {
  const std::int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  return keyed_bits(call, at::arange(height * width * channels, x.options().dtype(at::kLong))
                              .view({1, height, width, channels})
                              .permute({0, 3, 1, 2}));
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
  const at::Tensor factor =
      bits_of(call, x).ge(static_cast<std::int64_t>(dropout_threshold(p))).to(x.scalar_type()).mul_(dropout_scale(p));
  return {call.in_place ? x.mul_(factor) : at::mul(x, factor)};
}

}  // namespace seg::kernels
