// SPDX-License-Identifier: Apache-2.0
// The phases' pixels are copied whole: their channels follow one another.
#include <ATen/Parallel.h>

#include <cstring>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/kernels.h"

namespace seg::kernels {
namespace {

bool serves(const at::Tensor& x) { return x.numel() > 0 && x.is_contiguous(at::MemoryFormat::ChannelsLast); }

std::size_t pixel_bytes(std::int64_t channels, const at::Tensor& like) {
  return static_cast<std::size_t>(channels) * like.element_size();
}

}  // namespace

Tensors join_phases_cpu(const Call& call) {
  const at::Tensor& phases = call.reads[0];
  if (!serves(phases)) return join_phases(call);
  const Shape& shape = call.output_shape();
  const std::int64_t height = shape[2], width = shape[3];
  const at::Tensor result = empty_map(shape, phases);
  const std::size_t pixel = pixel_bytes(shape[1], phases),
                    row_of_phases = 4 * pixel * static_cast<std::size_t>(width / 2 + 1);
  const auto* const from = static_cast<const std::byte*>(phases.const_data_ptr());
  auto* const to = static_cast<std::byte*>(result.mutable_data_ptr());
  at::parallel_for(0, shape[0] * height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t image = row / height, y = row % height;
      const std::byte* const source =
          from + static_cast<std::size_t>(image * (height / 2 + 1) + y / 2 + y % 2) * row_of_phases;
      std::byte* const target = to + static_cast<std::size_t>(row * width) * pixel;
      for (std::int64_t x = 0; x < width; ++x)
        std::memcpy(target + static_cast<std::size_t>(x) * pixel,
                    source + static_cast<std::size_t>(4 * (x / 2 + x % 2) + 2 * (y % 2) + x % 2) * pixel, pixel);
    }
  });
  return {result};
}

Tensors join_phases_vjp_cpu(const Call& call) {
  const at::Tensor& gradient = call.reads[0];
  if (!serves(gradient)) return join_phases_vjp(call);
  const Shape& shape = call.input_shape(0);
  const std::int64_t height = shape[2], width = shape[3], large_width = 2 * (width - 1);
  const at::Tensor result = empty_map(shape, gradient);
  const std::size_t pixel = pixel_bytes(shape[1] / 4, gradient);
  const auto* const from = static_cast<const std::byte*>(gradient.const_data_ptr());
  auto* const to = static_cast<std::byte*>(result.mutable_data_ptr());
  at::parallel_for(0, shape[0] * height, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t image = row / height, i = row % height;
      std::byte* target = to + static_cast<std::size_t>(row * width) * 4 * pixel;
      for (std::int64_t j = 0; j < width; ++j)
        for (int phase = 0; phase < 4; ++phase, target += pixel) {
          // Rows and columns of the large map; a phase's first or last row or column may be beyond it.
          const std::int64_t y = 2 * (i - phase / 2) + phase / 2, x = 2 * (j - phase % 2) + phase % 2;
          const bool is_used = y >= 0 && y < 2 * (height - 1) && x >= 0 && x < large_width;
          if (is_used)
            std::memcpy(target,
                        from + static_cast<std::size_t>((image * 2 * (height - 1) + y) * large_width + x) * pixel,
                        pixel);
          else
            std::memset(target, 0, pixel);
        }
    }
  });
  return {result};
}

}  // namespace seg::kernels
