// SPDX-License-Identifier: Apache-2.0
// A point reads and writes whole rows of channels, which lie beside each other.
#include <ATen/Parallel.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/point_rows.h"

namespace seg::kernels {
namespace {

bool serves(const at::Tensor& map, const at::Tensor& points) {
  return is_dense_map(map) && points.scalar_type() == at::kFloat && points.is_contiguous();
}

// Of all images' points, one after the other.
std::vector<PointPlace> places(const Call& call, const at::Tensor& points) {
  const Shape& x = call.input_shape(0);
  const PointPadding padding = options_of<PointSampleOptions>(call.node).padding;
  std::vector<PointPlace> result(static_cast<std::size_t>(points.numel() / 2));
  const float* coordinate = points.const_data_ptr<float>();
  for (PointPlace& place : result) {
    place = place_of(coordinate[0], coordinate[1], {x[2], x[3]}, padding);
    coordinate += 2;
  }
  return result;
}

template <class T>
at::Tensor sample(const Call& call) {
  const at::Tensor &map = call.reads[0], &points = call.reads[1];
  const std::vector<PointPlace> all = places(call, points);
  const std::int64_t channels = map.size(1), cells = map.size(2) * map.size(3), per_image = points.size(1);
  const at::Tensor result = empty_map({map.size(0), channels, 1, per_image}, map);
  const T* const from = values_of<T>(map);
  T* const to = values_to<T>(result);
  constexpr std::int64_t kGrain = 256;
  for (std::int64_t n = 0; n < map.size(0); ++n)
    at::parallel_for(0, per_image, kGrain, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t first = n * per_image + begin;
      sample_rows({.places = all.data() + first, .count = end - begin, .channels = channels},
                  from + n * cells * channels, to + first * channels);
    });
  return result;
}

// An image's sums are of one thread: points that share a cell are added in their order.
template <class T>
at::Tensor gradient(const Call& call) {
  const at::Tensor &dy = call.reads[0], &points = call.reads[1];
  const std::vector<PointPlace> all = places(call, points);
  const Shape& x = call.input_shape(0);
  const std::int64_t channels = x[1], size = x[1] * x[2] * x[3], per_image = points.size(1);
  const at::Tensor result = empty_map(x, dy);
  const T* const from = values_of<T>(dy);
  T* const to = values_to<T>(result);
  at::parallel_for(0, x[0], 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const PointRows rows{.places = all.data() + n * per_image, .count = per_image, .channels = channels};
      const T* const own = from + n * per_image * channels;
      if constexpr (std::is_same_v<T, float>) {
        std::fill_n(to + n * size, size, 0.0F);
        add_rows(rows, own, to + n * size);
      } else {
        std::vector<float> sums(static_cast<std::size_t>(size));
        add_rows(rows, own, sums.data());
        narrow(sums.data(), size, to + n * size);
      }
    }
  });
  return result;
}

}  // namespace

Tensors point_sample_cpu(const Call& call) {
  const at::Tensor& map = call.reads[0];
  if (!serves(map, call.reads[1])) return point_sample(call);
  return {map.scalar_type() == at::kFloat ? sample<float>(call) : sample<std::uint16_t>(call)};
}

Tensors point_sample_vjp_cpu(const Call& call) {
  const at::Tensor& dy = call.reads[0];
  if (!serves(dy, call.reads[1])) return point_sample_vjp(call);
  return {dy.scalar_type() == at::kFloat ? gradient<float>(call) : gradient<std::uint16_t>(call), {}};
}

}  // namespace seg::kernels
