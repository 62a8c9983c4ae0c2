// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <bit>

#include "engine/kernels/dropout.h"
#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

struct DropoutRange {
  DropoutKey key;
  std::uint32_t first = 0, threshold = 0;
  double scale = 1.0;
  std::int64_t count = 0;
};

// x and y are the same array or do not overlap.
SEG_VECTOR_CLONES void drop(const DropoutRange& range, const float* x, float* y) {
  const DropoutRange r = range;
  const auto scale = static_cast<float>(r.scale);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < r.count; ++i) {
    const float kept = x[i] * scale;
    y[i] = dropout_bits(r.key, r.first + static_cast<std::uint32_t>(i)) >= r.threshold ? kept : 0.0F;
  }
}

SEG_VECTOR_CLONES void drop(const DropoutRange& range, const double* x, double* y) {
  const DropoutRange r = range;
#pragma GCC ivdep
  for (std::int64_t i = 0; i < r.count; ++i) {
    const double kept = x[i] * r.scale;
    y[i] = dropout_bits(r.key, r.first + static_cast<std::uint32_t>(i)) >= r.threshold ? kept : 0.0;
  }
}

// bfloat16 as its bits: the upper half of a float, rounded to nearest even.
SEG_VECTOR_CLONES void drop_bfloat16(const DropoutRange& range, const std::uint16_t* x, std::uint16_t* y) {
  const DropoutRange r = range;
  const auto scale = static_cast<float>(r.scale);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < r.count; ++i) {
    const float kept = std::bit_cast<float>(static_cast<std::uint32_t>(x[i]) << 16) * scale;
    const auto bits = std::bit_cast<std::uint32_t>(kept);
    const std::uint32_t rounded = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
    const std::uint32_t safe = kept == kept ? rounded : 0x7FC0U;  // a NaN must not be rounded into an infinity
    y[i] = dropout_bits(r.key, r.first + static_cast<std::uint32_t>(i)) >= r.threshold
               ? static_cast<std::uint16_t>(safe)
               : std::uint16_t{0};
  }
}

void drop_any(at::ScalarType type, const DropoutRange& range, std::int64_t offset, const void* x, void* y) {
  switch (type) {
    case at::kFloat: drop(range, static_cast<const float*>(x) + offset, static_cast<float*>(y) + offset); break;
    case at::kDouble: drop(range, static_cast<const double*>(x) + offset, static_cast<double*>(y) + offset); break;
    default:
      drop_bfloat16(range, static_cast<const std::uint16_t*>(x) + offset, static_cast<std::uint16_t*>(y) + offset);
  }
}

bool serves(const Call& call) {
  const at::Tensor& x = call.reads[0];
  const at::ScalarType type = x.scalar_type();
  return call.context.training && x.is_contiguous(at::MemoryFormat::ChannelsLast) &&
         (type == at::kFloat || type == at::kDouble || type == at::kBFloat16) &&
         call.context.sample_numbers.size() == static_cast<std::size_t>(x.size(0));
}

}  // namespace

Tensors dropout_cpu(const Call& call) {
  if (!serves(call)) return dropout(call);
  const at::Tensor& x = call.reads[0];
  const double p = options_of<DropoutOptions>(call.node).p;
  const at::Tensor y = call.in_place ? x : at::empty_like(x);
  const std::int64_t image_size = x.size(1) * x.size(2) * x.size(3);
  const at::ScalarType type = x.scalar_type();
  const void* const from = x.const_data_ptr();
  void* const to = y.mutable_data_ptr();
  constexpr std::int64_t kGrain = 32768;
  at::parallel_for(0, x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {  // image by image
      const std::int64_t image = begin / image_size, position = begin % image_size;
      const std::int64_t count = std::min(end - begin, image_size - position);
      const DropoutRange range{.key = dropout_key(call.context.dropout_seed, call.node.name,
                                                  call.context.sample_numbers[static_cast<std::size_t>(image)]),
                               .first = static_cast<std::uint32_t>(position),
                               .threshold = dropout_threshold(p),
                               .scale = dropout_scale(p),
                               .count = count};
      drop_any(type, range, begin, from, to);
      begin += count;
    }
  });
  return {y};
}

}  // namespace seg::kernels
