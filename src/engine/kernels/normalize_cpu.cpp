// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <c10/util/BFloat16.h>

#include <type_traits>
#include <vector>

#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

// All values that pixels of one channel can become, in the composite's own arithmetic (`Full`) and number type (`To`).
template <class To, class Full>
std::vector<To> table_of(const NormalizeOptions& o, std::size_t num_levels) {
  const std::size_t channels = o.mean.size();
  std::vector<To> table(num_levels * channels);
  for (std::size_t level = 0; level < num_levels; ++level)
    for (std::size_t c = 0; c < channels; ++c) {
      const Full scaled = static_cast<Full>(level) * static_cast<Full>(o.scale);
      const Full centred = scaled - static_cast<Full>(o.mean[c]);
      table[level * channels + c] = static_cast<To>(centred / static_cast<Full>(o.deviation[c]));
    }
  return table;
}

template <class To, class Pixel>
void look_up(const std::vector<To>& table, std::int64_t channels, std::int64_t num_pixels, const Pixel* pixels, To* y) {
  constexpr std::int64_t kGrain = 8192;
  at::parallel_for(0, num_pixels, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * channels; i < end * channels; i += channels)
      for (std::int64_t c = 0; c < channels; ++c)
        y[i + c] = table[static_cast<std::size_t>(static_cast<std::int64_t>(pixels[i + c]) * channels + c)];
  });
}

template <class To, class Full>
void normalize_any(const NormalizeOptions& o, const at::Tensor& x, const at::Tensor& y) {
  const std::int64_t channels = x.size(3), num_pixels = x.numel() / channels;
  To* const to = y.mutable_data_ptr<To>();
  if (x.scalar_type() == at::kByte)
    look_up(table_of<To, Full>(o, 256), channels, num_pixels, x.const_data_ptr<std::uint8_t>(), to);
  else
    look_up(table_of<To, Full>(o, 65536), channels, num_pixels, x.const_data_ptr<std::uint16_t>(), to);
}

}  // namespace

// A table has 256 or 65,536 entries a channel: cheap beside a batch, and exact.
Tensors normalize_cpu(const Call& call) {
  const auto& o = options_of<NormalizeOptions>(call.node);
  const at::Tensor& x = call.reads[0];
  const at::ScalarType to = scalar_type(o.to, call.context);
  const bool is_whole = x.scalar_type() == at::kByte || x.scalar_type() == at::kUInt16;
  if (!is_whole || !x.is_contiguous()) return normalize(call);
  const at::Tensor y = at::empty(x.sizes(), x.options().dtype(to));
  if (to == at::kFloat && call.context.full == at::kFloat)
    normalize_any<float, float>(o, x, y);
  else if (to == at::kBFloat16 && call.context.full == at::kFloat)
    normalize_any<c10::BFloat16, float>(o, x, y);
  else if (to == at::kDouble && call.context.full == at::kDouble)
    normalize_any<double, double>(o, x, y);
  else
    return normalize(call);
  return {y.permute({0, 3, 1, 2})};
}

}  // namespace seg::kernels
