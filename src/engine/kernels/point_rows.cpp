// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/point_rows.h"

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/point_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/float_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

template <class T>
HWY_INLINE void sample(const PointPlace& at, std::int64_t channels, const T* HWY_RESTRICT map, T* HWY_RESTRICT to) {
  const T* const a = map + at.cell[0] * channels;
  const T* const b = map + at.cell[1] * channels;
  const T* const c = map + at.cell[2] * channels;
  const T* const e = map + at.cell[3] * channels;
  for_each_vector(channels, [&](auto d, std::int64_t i) {
    auto sum = hn::Mul(hn::Set(d, at.weight[0]), load(d, a + i));
    sum = hn::MulAdd(hn::Set(d, at.weight[1]), load(d, b + i), sum);
    sum = hn::MulAdd(hn::Set(d, at.weight[2]), load(d, c + i), sum);
    store(hn::MulAdd(hn::Set(d, at.weight[3]), load(d, e + i), sum), d, to + i);
  });
}

template <class T>
HWY_INLINE void add(const PointPlace& at, std::int64_t channels, const T* HWY_RESTRICT gradient,
                    float* HWY_RESTRICT sums) {
  for (int j = 0; j < 4; ++j) {
    if (at.weight[j] == 0.0F) continue;
    float* const to = sums + at.cell[j] * channels;
    for_each_vector(channels, [&](auto d, std::int64_t i) {
      store(hn::MulAdd(hn::Set(d, at.weight[j]), load(d, gradient + i), load(d, to + i)), d, to + i);
    });
  }
}

template <class T>
HWY_INLINE void sample_all(const PointRows& points, const T* map, T* to) {
  for (std::int64_t p = 0; p < points.count; ++p)
    sample(points.places[p], points.channels, map, to + p * points.channels);
}

template <class T>
HWY_INLINE void add_all(const PointRows& points, const T* gradients, float* sums) {
  for (std::int64_t p = 0; p < points.count; ++p)
    add(points.places[p], points.channels, gradients + p * points.channels, sums);
}

void sample_floats(const PointRows& points, const float* map, float* to) { sample_all(points, map, to); }
void sample_halves(const PointRows& points, const std::uint16_t* map, std::uint16_t* to) {
  sample_all(points, map, to);
}
void add_floats(const PointRows& points, const float* gradients, float* sums) { add_all(points, gradients, sums); }
void add_halves(const PointRows& points, const std::uint16_t* gradients, float* sums) {
  add_all(points, gradients, sums);
}

void narrow_floats(const float* from, std::int64_t count, std::uint16_t* to) {
  for_each_vector(count, [&](auto d, std::int64_t i) { store(load(d, from + i), d, to + i); });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(sample_floats);
HWY_EXPORT(sample_halves);
HWY_EXPORT(add_floats);
HWY_EXPORT(add_halves);
HWY_EXPORT(narrow_floats);

}  // namespace

void sample_rows(const PointRows& points, const float* map, float* to) noexcept {
  HWY_DYNAMIC_DISPATCH(sample_floats)(points, map, to);
}

void sample_rows(const PointRows& points, const std::uint16_t* map, std::uint16_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(sample_halves)(points, map, to);
}

void add_rows(const PointRows& points, const float* gradients, float* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(add_floats)(points, gradients, sums);
}

void add_rows(const PointRows& points, const std::uint16_t* gradients, float* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(add_halves)(points, gradients, sums);
}

void narrow(const float* from, std::int64_t count, std::uint16_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(narrow_floats)(from, count, to);
}

}  // namespace seg::kernels
#endif
