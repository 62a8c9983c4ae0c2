// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/norm_rows.h"

#include <vector>

// Seen by all instruction sets.
#ifndef SEG_NORM_LOOPS
#define SEG_NORM_LOOPS
namespace seg::kernels {

template <class T>
struct NormLoops {
  void (*add_moments)(const T* x, RowExtent extent, const float* origin, float* scratch, double* sums, double* squares);
  void (*apply)(const T* x, RowExtent extent, const Affine& affine, T* y);
  void (*shift)(T* x, RowExtent extent, const float* offset, bool relu);
  void (*add_gradient_sums)(const T* dy, const T* x, RowExtent extent, const Affine& affine, const float* mean,
                            float* scratch, double* sums, double* products);
  void (*input_gradient)(const T* dy, const T* x, RowExtent extent, const Affine& affine, const InputGradient& gradient,
                         T* dx);
};

}  // namespace seg::kernels
#endif

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/norm_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/float_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

template <int kCount>
struct Rows {
  static constexpr int value = kCount;
};

// What the activation lets pass; everything if there is none.
template <bool kRelu, class D>
HWY_INLINE hn::Vec<D> passed(D d, hn::Vec<D> dy, hn::Vec<D> x, hn::Vec<D> factor, hn::Vec<D> offset) {
  if constexpr (kRelu) {
    return hn::IfThenElseZero(hn::Gt(hn::MulAdd(x, factor, offset), hn::Zero(d)), dy);
  } else {
    return dy;
  }
}

// Two sums per channel: in float over a few rows, then in double. Calls add_four(row) and add_one(row), which add to
// the two halves of `scratch`. No containers in here: what is compiled for a larger instruction set must stay here.
template <class Four, class One>
HWY_INLINE void run_two_sums(RowExtent extent, float* HWY_RESTRICT scratch, double* HWY_RESTRICT first,
                             double* HWY_RESTRICT second, Four add_four, One add_one) {
  constexpr std::int64_t kRowsInFloat = 256;
  const std::int64_t channels = extent.num_channels;
  for (std::int64_t begin = 0; begin < extent.num_rows; begin += kRowsInFloat) {
    const std::int64_t end = begin + kRowsInFloat < extent.num_rows ? begin + kRowsInFloat : extent.num_rows;
    for (std::int64_t c = 0; c < 2 * channels; ++c) scratch[c] = 0.0F;
    std::int64_t row = begin;
    for (; row + 4 <= end; row += 4) add_four(row);
    for (; row < end; ++row) add_one(row);
    for (std::int64_t c = 0; c < channels; ++c) {
      first[c] += static_cast<double>(scratch[c]);
      second[c] += static_cast<double>(scratch[channels + c]);
    }
  }
}

template <int kRows, class T>
HWY_INLINE void moments_of_rows(const T* HWY_RESTRICT x, std::int64_t num_channels, const float* HWY_RESTRICT origin,
                                float* HWY_RESTRICT sums, float* HWY_RESTRICT squares) {
  for_each_vector(num_channels, [&](auto d, std::int64_t c) {
    const auto from = load(d, origin + c);
    auto sum = load(d, sums + c), square = load(d, squares + c);
    for (int r = 0; r < kRows; ++r) {
      const auto v = hn::Sub(load(d, x + r * num_channels + c), from);
      sum = hn::Add(sum, v);
      square = hn::MulAdd(v, v, square);
    }
    store(sum, d, sums + c);
    store(square, d, squares + c);
  });
}

template <class T>
void add_moments_of(const T* x, RowExtent extent, const float* origin, float* scratch, double* sums, double* squares) {
  const std::int64_t channels = extent.num_channels;
  const auto add = [&](auto rows, std::int64_t row) {
    moments_of_rows<decltype(rows)::value>(x + row * channels, channels, origin, scratch, scratch + channels);
  };
  run_two_sums(
      extent, scratch, sums, squares, [&](std::int64_t row) { add(Rows<4>(), row); },
      [&](std::int64_t row) { add(Rows<1>(), row); });
}

template <bool kRelu, class T>
void apply_to(const T* HWY_RESTRICT x, RowExtent extent, const Affine& affine, T* HWY_RESTRICT y) {
  const float *factor = affine.factor, *offset = affine.offset;
  for (std::int64_t row = 0; row < extent.num_rows; ++row) {
    const T* from = x + row * extent.num_channels;
    T* to = y + row * extent.num_channels;
    for_each_vector(extent.num_channels, [&](auto d, std::int64_t c) {
      auto v = hn::MulAdd(load(d, from + c), load(d, factor + c), load(d, offset + c));
      // The comparison that the derivative makes, and a NaN passes.
      if constexpr (kRelu) v = hn::IfThenZeroElse(hn::Le(v, hn::Zero(d)), v);
      store(v, d, to + c);
    });
  }
}

template <bool kRelu, class T>
void shift_by(T* x, RowExtent extent, const float* HWY_RESTRICT offset) {
  for (std::int64_t row = 0; row < extent.num_rows; ++row) {
    T* const at = x + row * extent.num_channels;
    for_each_vector(extent.num_channels, [&](auto d, std::int64_t c) {
      auto v = hn::Add(load(d, at + c), load(d, offset + c));
      if constexpr (kRelu) v = hn::IfThenZeroElse(hn::Lt(v, hn::Zero(d)), v);
      store(v, d, at + c);
    });
  }
}

template <class T>
void shift_any(T* x, RowExtent extent, const float* offset, bool relu) {
  relu ? shift_by<true>(x, extent, offset) : shift_by<false>(x, extent, offset);
}

template <bool kRelu, int kRows, class T>
HWY_INLINE void gradient_sums_of_rows(const T* HWY_RESTRICT dy, const T* HWY_RESTRICT x, std::int64_t num_channels,
                                      const Affine& affine, const float* HWY_RESTRICT mean, float* HWY_RESTRICT sums,
                                      float* HWY_RESTRICT products) {
  for_each_vector(num_channels, [&](auto d, std::int64_t c) {
    const auto factor = load(d, affine.factor + c), offset = load(d, affine.offset + c), from = load(d, mean + c);
    auto sum = load(d, sums + c), product = load(d, products + c);
    for (int r = 0; r < kRows; ++r) {
      const auto value = load(d, x + r * num_channels + c);
      const auto dz = passed<kRelu>(d, load(d, dy + r * num_channels + c), value, factor, offset);
      sum = hn::Add(sum, dz);
      product = hn::MulAdd(dz, hn::Sub(value, from), product);
    }
    store(sum, d, sums + c);
    store(product, d, products + c);
  });
}

template <bool kRelu, class T>
void add_gradient_sums_of(const T* dy, const T* x, RowExtent extent, const Affine& affine, const float* mean,
                          float* scratch, double* sums, double* products) {
  const std::int64_t channels = extent.num_channels;
  const auto add = [&](auto rows, std::int64_t row) {
    gradient_sums_of_rows<kRelu, decltype(rows)::value>(dy + row * channels, x + row * channels, channels, affine, mean,
                                                        scratch, scratch + channels);
  };
  run_two_sums(
      extent, scratch, sums, products, [&](std::int64_t row) { add(Rows<4>(), row); },
      [&](std::int64_t row) { add(Rows<1>(), row); });
}

// dx may be dy: each place is read before it is written.
template <bool kRelu, class T>
void input_gradient_of(const T* dy, const T* x, RowExtent extent, const Affine& affine, const InputGradient& gradient,
                       T* dx) {
  for (std::int64_t row = 0; row < extent.num_rows; ++row) {
    const std::int64_t first = row * extent.num_channels;
    for_each_vector(extent.num_channels, [&](auto d, std::int64_t c) {
      const auto factor = load(d, affine.factor + c), offset = load(d, affine.offset + c);
      const auto value = load(d, x + first + c);
      const auto dz = passed<kRelu>(d, load(d, dy + first + c), value, factor, offset);
      const auto along = hn::MulAdd(load(d, gradient.slope + c), hn::Sub(value, load(d, gradient.mean + c)),
                                    load(d, gradient.level + c));
      store(hn::MulSub(factor, dz, along), d, dx + first + c);
    });
  }
}

template <class T>
void apply_any(const T* x, RowExtent extent, const Affine& affine, T* y) {
  affine.relu ? apply_to<true>(x, extent, affine, y) : apply_to<false>(x, extent, affine, y);
}
template <class T>
void add_gradient_sums_any(const T* dy, const T* x, RowExtent extent, const Affine& affine, const float* mean,
                           float* scratch, double* sums, double* products) {
  affine.relu ? add_gradient_sums_of<true>(dy, x, extent, affine, mean, scratch, sums, products)
              : add_gradient_sums_of<false>(dy, x, extent, affine, mean, scratch, sums, products);
}
template <class T>
void input_gradient_any(const T* dy, const T* x, RowExtent extent, const Affine& affine, const InputGradient& gradient,
                        T* dx) {
  affine.relu ? input_gradient_of<true>(dy, x, extent, affine, gradient, dx)
              : input_gradient_of<false>(dy, x, extent, affine, gradient, dx);
}

template <class T>
NormLoops<T> loops() {
  return {add_moments_of<T>, apply_any<T>, shift_any<T>, add_gradient_sums_any<T>, input_gradient_any<T>};
}
NormLoops<float> float_loops() { return loops<float>(); }
NormLoops<std::uint16_t> bfloat16_loops() { return loops<std::uint16_t>(); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(float_loops);
HWY_EXPORT(bfloat16_loops);

NormLoops<float> chosen(const float*) { return HWY_DYNAMIC_DISPATCH(float_loops)(); }
NormLoops<std::uint16_t> chosen(const std::uint16_t*) { return HWY_DYNAMIC_DISPATCH(bfloat16_loops)(); }

std::vector<float> scratch_for(RowExtent extent) {
  return std::vector<float>(2 * static_cast<std::size_t>(extent.num_channels));
}

}  // namespace

template <class T>
void add_moments(const T* x, RowExtent extent, const float* origin, double* sums, double* squares) {
  chosen(x).add_moments(x, extent, origin, scratch_for(extent).data(), sums, squares);
}

template <class T>
void apply(const T* x, RowExtent extent, const Affine& affine, T* y) {
  chosen(x).apply(x, extent, affine, y);
}

template <class T>
void shift(T* x, RowExtent extent, const float* offset, bool relu) {
  chosen(x).shift(x, extent, offset, relu);
}

template <class T>
void add_gradient_sums(const T* dy, const T* x, RowExtent extent, const Affine& affine, const float* mean, double* sums,
                       double* products) {
  chosen(x).add_gradient_sums(dy, x, extent, affine, mean, scratch_for(extent).data(), sums, products);
}

template <class T>
void input_gradient(const T* dy, const T* x, RowExtent extent, const Affine& affine, const InputGradient& gradient,
                    T* dx) {
  chosen(x).input_gradient(dy, x, extent, affine, gradient, dx);
}

#define SEG_INSTANTIATE(T)                                                                                       \
  template void add_moments(const T*, RowExtent, const float*, double*, double*);                                \
  template void apply(const T*, RowExtent, const Affine&, T*);                                                   \
  template void shift(T*, RowExtent, const float*, bool);                                                        \
  template void add_gradient_sums(const T*, const T*, RowExtent, const Affine&, const float*, double*, double*); \
  template void input_gradient(const T*, const T*, RowExtent, const Affine&, const InputGradient&, T*)
SEG_INSTANTIATE(float);
SEG_INSTANTIATE(std::uint16_t);
#undef SEG_INSTANTIATE

}  // namespace seg::kernels
#endif
