// SPDX-License-Identifier: Apache-2.0
// Both ways go through the map row by row: a pixel of the result has its window, and a pixel of the gradient the
// windows that it is in, so that nothing is added to what another thread writes.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "base/rounding.h"
#include "engine/kernels/dense_map.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/max_pool_pixels.h"

namespace seg::kernels {
namespace {

struct Sides {
  std::int64_t height, width, channels;
};

Sides sides_of(const at::Tensor& map) { return {map.size(2), map.size(3), map.size(1)}; }

// Which inputs, of `extent` of them, a window of outputs' number i covers: [begin, end).
struct Range {
  std::int64_t begin, end;
};
Range window_of(const PoolOptions& o, std::int64_t i, std::int64_t extent) {
  const std::int64_t first = i * o.stride - o.padding;
  return {std::max<std::int64_t>(first, 0), std::min(first + o.kernel, extent)};
}
// Which windows, of `extent` of them, cover input i.
Range windows_with(const PoolOptions& o, std::int64_t i, std::int64_t extent) {
  const std::int64_t reach = i + o.padding;
  const std::int64_t begin = reach < o.kernel ? 0 : (reach - o.kernel) / o.stride + 1;
  return {begin, std::min(reach / o.stride + 1, extent)};
}

std::uint8_t place_in(const PoolOptions& o, std::int64_t window_y, std::int64_t window_x, std::int64_t y,
                      std::int64_t x) {
  const std::int64_t row = y - (window_y * o.stride - o.padding), column = x - (window_x * o.stride - o.padding);
  return static_cast<std::uint8_t>(row * o.kernel + column);
}

template <class T>
void pool(const PoolOptions& o, const at::Tensor& x, const at::Tensor& y, const at::Tensor& places) {
  const Sides from = sides_of(x), to = sides_of(y);
  const T* const values = values_of<T>(x);
  T* const results = values_to<T>(y);
  auto* const kept = places.defined() ? places.mutable_data_ptr<std::uint8_t>() : nullptr;
  at::parallel_for(0, y.size(0) * to.height, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<PoolTap<T>> taps(static_cast<std::size_t>(o.kernel * o.kernel));
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t image = row / to.height, i = row % to.height;
      const Range rows = window_of(o, i, from.height);
      for (std::int64_t j = 0; j < to.width; ++j) {
        const Range columns = window_of(o, j, from.width);
        std::size_t count = 0;
        for (std::int64_t r = rows.begin; r < rows.end; ++r)
          for (std::int64_t c = columns.begin; c < columns.end; ++c)
            taps[count++] = {values + ((image * from.height + r) * from.width + c) * from.channels,
                             place_in(o, i, j, r, c)};
        const std::int64_t target = (row * to.width + j) * to.channels;
        take_largest(std::span<const PoolTap<T>>(taps.data(), count), to.channels, results + target,
                     kept == nullptr ? nullptr : kept + target);
      }
    }
  });
}

template <class T>
void pool_back(const PoolOptions& o, const at::Tensor& dy, const at::Tensor& places, const at::Tensor& dx) {
  const Sides from = sides_of(dy), to = sides_of(dx);
  const T* const gradients = values_of<T>(dy);
  const auto* const kept = places.const_data_ptr<std::uint8_t>();
  T* const results = values_to<T>(dx);
  const std::int64_t most = divided_up(o.kernel, o.stride);  // windows beside each other that share a pixel
  at::parallel_for(0, dx.size(0) * to.height, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<PoolWindow<T>> windows(static_cast<std::size_t>(most * most));
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t image = row / to.height, y = row % to.height;
      const Range rows = windows_with(o, y, from.height);
      for (std::int64_t x = 0; x < to.width; ++x) {
        const Range columns = windows_with(o, x, from.width);
        std::size_t count = 0;
        for (std::int64_t i = rows.begin; i < rows.end; ++i)
          for (std::int64_t j = columns.begin; j < columns.end; ++j) {
            const std::int64_t source = ((image * from.height + i) * from.width + j) * from.channels;
            windows[count++] = {gradients + source, kept + source, place_in(o, i, j, y, x)};
          }
        take_gradients(std::span<const PoolWindow<T>>(windows.data(), count), to.channels,
                       results + (row * to.width + x) * to.channels);
      }
    }
  });
}

}  // namespace

Tensors max_pool_cpu(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  const at::Tensor& x = call.reads[0];
  if (!is_dense_map(x)) return max_pool(call);
  const at::Tensor y = empty_map(call.output_shape(), x);
  const at::Tensor places =
      call.wants(1) ? at::empty(call.output_shape(), y.options().dtype(at::kByte), at::MemoryFormat::ChannelsLast)
                    : at::Tensor();
  x.scalar_type() == at::kFloat ? pool<float>(o, x, y, places) : pool<std::uint16_t>(o, x, y, places);
  return {y, places};
}

Tensors max_pool_vjp_cpu(const Call& call) {
  const auto& o = options_of<PoolOptions>(call.node);
  const at::Tensor &dy = call.reads[0], &places = call.reads[1];
  if (!is_dense_map(dy) || !places.is_contiguous(at::MemoryFormat::ChannelsLast)) return max_pool_vjp(call);
  const at::Tensor dx = empty_map(call.input_shape(0), dy);
  dy.scalar_type() == at::kFloat ? pool_back<float>(o, dy, places, dx) : pool_back<std::uint16_t>(o, dy, places, dx);
  return {dx};
}

}  // namespace seg::kernels
