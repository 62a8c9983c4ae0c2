// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/depthwise_rows.h"

// Seen by all instruction sets.
#ifndef SEG_DEPTHWISE_LOOPS
#define SEG_DEPTHWISE_LOOPS
namespace seg::kernels {

template <class T>
struct DepthwiseLoops {
  void (*pad_row)(const T* row, RowShape shape, std::int64_t multiplier, std::int64_t spacing, float* padded);
  void (*correlate)(const float* const* rows, const float* weights, RowShape shape, std::int64_t stride, T* result);
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

// kAll: no row is outside the map. Of a row's weights three stay in registers.
template <bool kAll, class T>
void correlate_rows(const float* const* rows, const float* weights, RowShape shape, std::int64_t stride, T* result) {
  const std::int64_t channels = shape.channels, step = stride * channels;
  for_each_vector(channels, [&](auto d, std::int64_t c) {
    const auto weight = [&](int tap) { return load(d, weights + tap * channels + c); };
    const auto w0 = weight(0), w1 = weight(1), w2 = weight(2), w3 = weight(3), w4 = weight(4), w5 = weight(5),
               w6 = weight(6), w7 = weight(7), w8 = weight(8);
    const float* const rows_here[3] = {kAll || rows[0] != nullptr ? rows[0] + c : nullptr,
                                       kAll || rows[1] != nullptr ? rows[1] + c : nullptr,
                                       kAll || rows[2] != nullptr ? rows[2] + c : nullptr};
    const auto add_row = [&](int row, std::int64_t at, auto a, auto b, auto e, auto sum) {
      if (!kAll && rows_here[row] == nullptr) return sum;
      const float* const from = rows_here[row] + at;
      sum = hn::MulAdd(load(d, from), a, sum);
      sum = hn::MulAdd(load(d, from + channels), b, sum);
      return hn::MulAdd(load(d, from + 2 * channels), e, sum);
    };
    for (std::int64_t x = 0; x < shape.width; ++x) {
      // Three sums: the processor adds while it waits for the others.
      const auto first = add_row(0, x * step, w0, w1, w2, hn::Zero(d));
      const auto second = add_row(1, x * step, w3, w4, w5, hn::Zero(d));
      const auto third = add_row(2, x * step, w6, w7, w8, hn::Zero(d));
      store(hn::Add(hn::Add(first, second), third), d, result + x * channels + c);
    }
  });
}

template <class T>
void correlate_of(const float* const* rows, const float* weights, RowShape shape, std::int64_t stride, T* result) {
  const bool has_all = rows[0] != nullptr && rows[1] != nullptr && rows[2] != nullptr;
  has_all ? correlate_rows<true>(rows, weights, shape, stride, result)
          : correlate_rows<false>(rows, weights, shape, stride, result);
}

void add_weight_gradient_of(const float* const* rows, const float* dy, RowShape shape, std::int64_t stride,
                            float* gradient) {
  const std::int64_t channels = shape.channels, step = stride * channels;
  for (int row = 0; row < 3; ++row) {
    if (rows[row] == nullptr) continue;
    for_each_vector(channels, [&](auto d, std::int64_t c) {
      const float* const from = rows[row] + c;
      float* const to = gradient + 3 * row * channels + c;
      auto first = load(d, to), second = load(d, to + channels), third = load(d, to + 2 * channels);
      for (std::int64_t x = 0; x < shape.width; ++x) {
        const auto v = load(d, dy + x * channels + c);
        first = hn::MulAdd(load(d, from + x * step), v, first);
        second = hn::MulAdd(load(d, from + x * step + channels), v, second);
        third = hn::MulAdd(load(d, from + x * step + 2 * channels), v, third);
      }
      store(first, d, to);
      store(second, d, to + channels);
      store(third, d, to + 2 * channels);
    });
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
void correlate(const ThreeRows& rows, const float* weights, RowShape shape, std::int64_t stride, T* result) {
  chosen(result).correlate(rows.data(), weights, shape, stride, result);
}

void add_weight_gradient(const ThreeRows& rows, const float* dy, RowShape shape, std::int64_t stride, float* gradient) {
  chosen(dy).add_weight_gradient(rows.data(), dy, shape, stride, gradient);
}

template <class T>
void sum_channels(const float* row, RowShape shape, std::int64_t multiplier, T* result) {
  chosen(result).sum_channels(row, shape, multiplier, result);
}

#define SEG_INSTANTIATE(T)                                                             \
  template void pad_row(const T*, RowShape, std::int64_t, std::int64_t, float*);       \
  template void correlate(const ThreeRows&, const float*, RowShape, std::int64_t, T*); \
  template void sum_channels(const float*, RowShape, std::int64_t, T*)
SEG_INSTANTIATE(float);
SEG_INSTANTIATE(std::uint16_t);
#undef SEG_INSTANTIATE

}  // namespace seg::kernels
#endif
