// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/depthwise_rows.h"

// Seen by all instruction sets.
#ifndef SEG_DEPTHWISE_LOOPS
#define SEG_DEPTHWISE_LOOPS
namespace seg::kernels {

template <class T>
struct DepthwiseLoops {
  void (*pad_row)(const T* row, RowShape shape, std::int64_t multiplier, std::int64_t spacing, float* padded);
  void (*correlate)(const float* const* rows, const float* weights, RowShape shape, std::int64_t stride, T* result,
                    const SumFinish& finish);
  void (*add_weight_gradient)(const float* const* rows, const float* dy, RowShape shape, std::int64_t stride,
                              float* gradient);
  void (*sum_channels)(const float* row, RowShape shape, std::int64_t multiplier, T* result);
};

}  // namespace seg::kernels
#endif

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/depthwise_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/float_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

void clear(std::int64_t count, float* values) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = 0.0F;
}

// One pixel. With a multiplier whole vectors are stored; what they write too much the next channel overwrites.
template <class T>
HWY_INLINE void spread(const T* pixel, std::int64_t channels, std::int64_t multiplier, float* to) {
  if (multiplier == 1) {
    for_each_vector(channels, [&](auto d, std::int64_t c) { store(load(d, pixel + c), d, to + c); });
    return;
  }
  const Lanes lanes;
  const auto width = static_cast<std::int64_t>(hn::Lanes(lanes));
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto value = hn::Set(lanes, hn::GetLane(load(OneLane(), pixel + c)));
    for (std::int64_t k = 0; k < multiplier; k += width) hn::StoreU(value, lanes, to + c * multiplier + k);
  }
}

template <class T>
void pad_row_of(const T* row, RowShape shape, std::int64_t multiplier, std::int64_t spacing, float* padded) {
  const std::int64_t channels = shape.channels * multiplier;
  clear(channels, padded);
  for (std::int64_t x = 0; x < shape.width; ++x) {
    float* const to = padded + (1 + spacing * x) * channels;
    spread(row + x * shape.channels, shape.channels, multiplier, to);
    clear((spacing - 1) * channels, to + channels);
  }
  clear(channels, padded + (1 + spacing * shape.width) * channels);
}

// Pixels go in blocks, and channels run inside: memory is read in its order, and what neighbours share is loaded once.

template <class D>
HWY_INLINE hn::Vec<D> finished(D d, hn::Vec<D> sum, const SumFinish& finish) {
  return finish.relu ? hn::IfThenZeroElse(hn::Lt(sum, hn::Zero(d)), sum) : sum;  // a NaN passes
}

template <class D>
HWY_INLINE hn::Vec<D> first_sum(D d, const SumFinish& finish, std::int64_t c) {
  return finish.bias == nullptr ? hn::Zero(d) : load(d, finish.bias + c);
}

// The results at four neighbouring places, at stride 1. Each row of the window holds six columns of them.
template <class T>
HWY_INLINE void correlate_four(const float* const* rows, std::int64_t first, const float* weights,
                               std::int64_t channels, T* HWY_RESTRICT result, const SumFinish& finish) {
  for_each_vector(channels, [&](auto d, std::int64_t c) {
    auto y0 = first_sum(d, finish, c), y1 = y0, y2 = y0, y3 = y0;
    for (int row = 0; row < 3; ++row) {
      if (rows[row] == nullptr) continue;
      const float* const from = rows[row] + first * channels + c;
      const float* const weight = weights + 3 * row * channels + c;
      const auto w0 = load(d, weight), w1 = load(d, weight + channels), w2 = load(d, weight + 2 * channels);
      const auto x0 = load(d, from), x1 = load(d, from + channels), x2 = load(d, from + 2 * channels),
                 x3 = load(d, from + 3 * channels), x4 = load(d, from + 4 * channels),
                 x5 = load(d, from + 5 * channels);
      y0 = hn::MulAdd(w2, x2, hn::MulAdd(w1, x1, hn::MulAdd(w0, x0, y0)));
      y1 = hn::MulAdd(w2, x3, hn::MulAdd(w1, x2, hn::MulAdd(w0, x1, y1)));
      y2 = hn::MulAdd(w2, x4, hn::MulAdd(w1, x3, hn::MulAdd(w0, x2, y2)));
      y3 = hn::MulAdd(w2, x5, hn::MulAdd(w1, x4, hn::MulAdd(w0, x3, y3)));
    }
    store(finished(d, y0, finish), d, result + c);
    store(finished(d, y1, finish), d, result + channels + c);
    store(finished(d, y2, finish), d, result + 2 * channels + c);
    store(finished(d, y3, finish), d, result + 3 * channels + c);
  });
}

template <class T>
HWY_INLINE void correlate_one(const float* const* rows, std::int64_t first, const float* weights, std::int64_t channels,
                              T* HWY_RESTRICT result, const SumFinish& finish) {
  for_each_vector(channels, [&](auto d, std::int64_t c) {
    auto y = first_sum(d, finish, c);
    for (int row = 0; row < 3; ++row) {
      if (rows[row] == nullptr) continue;
      const float* const from = rows[row] + first * channels + c;
      const float* const weight = weights + 3 * row * channels + c;
      y = hn::MulAdd(load(d, weight), load(d, from), y);
      y = hn::MulAdd(load(d, weight + channels), load(d, from + channels), y);
      y = hn::MulAdd(load(d, weight + 2 * channels), load(d, from + 2 * channels), y);
    }
    store(finished(d, y, finish), d, result + c);
  });
}

template <class T>
void correlate_of(const float* const* rows, const float* weights, RowShape shape, std::int64_t stride, T* result,
                  const SumFinish& finish) {
  const std::int64_t channels = shape.channels;
  std::int64_t x = 0;
  if (stride == 1) {
    for (; x + 4 <= shape.width; x += 4) correlate_four(rows, x, weights, channels, result + x * channels, finish);
  }
  for (; x < shape.width; ++x) correlate_one(rows, x * stride, weights, channels, result + x * channels, finish);
}

// Of four neighbouring places.
HWY_INLINE void add_gradient_of_four(const float* row, std::int64_t stride, const float* dy, std::int64_t channels,
                                     float* HWY_RESTRICT gradient) {
  for_each_vector(channels, [&](auto d, std::int64_t c) {
    auto w0 = load(d, gradient + c), w1 = load(d, gradient + channels + c), w2 = load(d, gradient + 2 * channels + c);
    for (std::int64_t k = 0; k < 4; ++k) {
      const float* const from = row + k * stride * channels + c;
      const auto v = load(d, dy + k * channels + c);
      w0 = hn::MulAdd(v, load(d, from), w0);
      w1 = hn::MulAdd(v, load(d, from + channels), w1);
      w2 = hn::MulAdd(v, load(d, from + 2 * channels), w2);
    }
    store(w0, d, gradient + c);
    store(w1, d, gradient + channels + c);
    store(w2, d, gradient + 2 * channels + c);
  });
}

HWY_INLINE void add_gradient_of_one(const float* row, const float* dy, std::int64_t channels,
                                    float* HWY_RESTRICT gradient) {
  for_each_vector(channels, [&](auto d, std::int64_t c) {
    const auto v = load(d, dy + c);
    for (std::int64_t tap = 0; tap < 3; ++tap) {
      const std::int64_t at = tap * channels + c;
      store(hn::MulAdd(v, load(d, row + at), load(d, gradient + at)), d, gradient + at);
    }
  });
}

void add_weight_gradient_of(const float* const* rows, const float* dy, RowShape shape, std::int64_t stride,
                            float* gradient) {
  const std::int64_t channels = shape.channels;
  for (int row = 0; row < 3; ++row) {
    if (rows[row] == nullptr) continue;
    float* const to = gradient + 3 * row * channels;
    std::int64_t x = 0;
    for (; x + 4 <= shape.width; x += 4)
      add_gradient_of_four(rows[row] + x * stride * channels, stride, dy + x * channels, channels, to);
    for (; x < shape.width; ++x)
      add_gradient_of_one(rows[row] + x * stride * channels, dy + x * channels, channels, to);
  }
}

template <class T>
void sum_channels_of(const float* row, RowShape shape, std::int64_t multiplier, T* result) {
  for (std::int64_t i = 0; i < shape.width * shape.channels; ++i) {
    float sum = 0.0F;
    for (std::int64_t k = 0; k < multiplier; ++k) sum += row[i * multiplier + k];
    store(hn::Set(OneLane(), sum), OneLane(), result + i);
  }
}

template <class T>
DepthwiseLoops<T> loops() {
  return {pad_row_of<T>, correlate_of<T>, add_weight_gradient_of, sum_channels_of<T>};
}
DepthwiseLoops<float> float_loops() { return loops<float>(); }
DepthwiseLoops<std::uint16_t> bfloat16_loops() { return loops<std::uint16_t>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(float_loops);
HWY_EXPORT(bfloat16_loops);

DepthwiseLoops<float> chosen(const float*) { return HWY_DYNAMIC_DISPATCH(float_loops)(); }
DepthwiseLoops<std::uint16_t> chosen(const std::uint16_t*) { return HWY_DYNAMIC_DISPATCH(bfloat16_loops)(); }

}  // namespace

template <class T>
void pad_row(const T* row, RowShape shape, std::int64_t multiplier, std::int64_t spacing, float* padded) {
  chosen(row).pad_row(row, shape, multiplier, spacing, padded);
}

template <class T>
void correlate(const ThreeRows& rows, const float* weights, RowShape shape, std::int64_t stride, T* result,
               const SumFinish& finish) {
  chosen(result).correlate(rows.data(), weights, shape, stride, result, finish);
}

void add_weight_gradient(const ThreeRows& rows, const float* dy, RowShape shape, std::int64_t stride, float* gradient) {
  chosen(dy).add_weight_gradient(rows.data(), dy, shape, stride, gradient);
}

template <class T>
void sum_channels(const float* row, RowShape shape, std::int64_t multiplier, T* result) {
  chosen(result).sum_channels(row, shape, multiplier, result);
}

#define SEG_INSTANTIATE(T)                                                                               \
  template void pad_row(const T*, RowShape, std::int64_t, std::int64_t, float*);                         \
  template void correlate(const ThreeRows&, const float*, RowShape, std::int64_t, T*, const SumFinish&); \
  template void sum_channels(const float*, RowShape, std::int64_t, T*)
SEG_INSTANTIATE(float);
SEG_INSTANTIATE(std::uint16_t);
#undef SEG_INSTANTIATE

}  // namespace seg::kernels
#endif
