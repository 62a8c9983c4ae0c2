// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/winograd_transforms.h"

#include <cassert>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/winograd_transforms.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg::kernels::winograd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kChannelGroup>;
using Vector = hn::Vec<Floats>;

HWY_INLINE Vector times(float factor, Vector v) { return hn::Mul(hn::Set(Floats(), factor), v); }
// factor * v + w
HWY_INLINE Vector mixed(float factor, Vector v, Vector w) { return hn::MulAdd(hn::Set(Floats(), factor), v, w); }

// One side of each map: a matrix, applied to the columns and then to the rows of a square.
struct WindowMap {  // B'
  static constexpr std::size_t kFrom = kWindow, kTo = kWindow;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    const Vector even = mixed(-4.0F, x[2], x[4]), odd = mixed(-4.0F, x[1], x[3]);
    const Vector even_2 = hn::Sub(x[4], x[2]), odd_2 = times(2.0F, hn::Sub(x[3], x[1]));
    y[0] = mixed(4.0F, x[0], mixed(-5.0F, x[2], x[4]));
    y[1] = hn::Add(even, odd);
    y[2] = hn::Sub(even, odd);
    y[3] = hn::Add(even_2, odd_2);
    y[4] = hn::Sub(even_2, odd_2);
    y[5] = mixed(4.0F, x[1], mixed(-5.0F, x[3], x[5]));
  }
};

struct OutputMap {  // A'
  static constexpr std::size_t kFrom = kWindow, kTo = kOutputs;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    const Vector sum_1 = hn::Add(x[1], x[2]), difference_1 = hn::Sub(x[1], x[2]);
    const Vector sum_2 = hn::Add(x[3], x[4]), difference_2 = hn::Sub(x[3], x[4]);
    y[0] = hn::Add(hn::Add(x[0], sum_1), sum_2);
    y[1] = mixed(2.0F, difference_2, difference_1);
    y[2] = mixed(4.0F, sum_2, sum_1);
    y[3] = hn::Add(mixed(8.0F, difference_2, difference_1), x[5]);
  }
};

struct OutputGradientMap {  // A
  static constexpr std::size_t kFrom = kOutputs, kTo = kWindow;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    const Vector even = hn::Add(x[0], x[2]), odd = hn::Add(x[1], x[3]);
    const Vector even_2 = mixed(4.0F, x[2], x[0]), odd_2 = mixed(8.0F, x[3], times(2.0F, x[1]));
    y[0] = x[0];
    y[1] = hn::Add(even, odd);
    y[2] = hn::Sub(even, odd);
    y[3] = hn::Add(even_2, odd_2);
    y[4] = hn::Sub(even_2, odd_2);
    y[5] = x[3];
  }
};

struct TapMap {  // G
  static constexpr std::size_t kFrom = kTaps, kTo = kWindow;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    const Vector even = times(-1.0F / 6, hn::Add(x[0], x[2])), odd = times(1.0F / 6, x[1]);
    const Vector even_2 = mixed(1.0F / 24, x[0], times(1.0F / 6, x[2])), odd_2 = times(1.0F / 12, x[1]);
    y[0] = times(0.25F, x[0]);
    y[1] = hn::Sub(even, odd);
    y[2] = hn::Add(even, odd);
    y[3] = hn::Add(even_2, odd_2);
    y[4] = hn::Sub(even_2, odd_2);
    y[5] = x[2];
  }
};

struct TapGradientMap {  // G'
  static constexpr std::size_t kFrom = kWindow, kTo = kTaps;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    const Vector sum_1 = hn::Add(x[1], x[2]), difference_1 = hn::Sub(x[2], x[1]);
    const Vector sum_2 = hn::Add(x[3], x[4]), difference_2 = hn::Sub(x[3], x[4]);
    y[0] = mixed(0.25F, x[0], mixed(-1.0F / 6, sum_1, times(1.0F / 24, sum_2)));
    y[1] = mixed(1.0F / 6, difference_1, times(1.0F / 12, difference_2));
    y[2] = hn::Add(mixed(-1.0F / 6, sum_1, times(1.0F / 6, sum_2)), x[5]);
  }
};

template <class Map>
HWY_INLINE void transform_square(const Sources<Map::kFrom>& from, const Places<Map::kTo>& to, std::size_t channels) {
  constexpr std::size_t kFrom = Map::kFrom, kTo = Map::kTo;
  const Floats floats;
  const std::size_t lanes = hn::Lanes(floats);
  for (std::size_t c = 0; c < channels; c += lanes) {
    Vector half[kTo][kFrom];
    for (std::size_t j = 0; j < kFrom; ++j) {
      Vector column[kFrom], mapped[kTo];
      for (std::size_t i = 0; i < kFrom; ++i) column[i] = hn::LoadU(floats, from[i * kFrom + j] + c);
      Map::apply(column, mapped);
      for (std::size_t i = 0; i < kTo; ++i) half[i][j] = mapped[i];
    }
    for (std::size_t i = 0; i < kTo; ++i) {
      Vector mapped[kTo];
      Map::apply(half[i], mapped);
      for (std::size_t j = 0; j < kTo; ++j) hn::StoreU(mapped[j], floats, to[i * kTo + j] + c);
    }
  }
}

void map_window(const Sources<kWindow>& window, const Places<kWindow>& points, std::size_t channels) {
  transform_square<WindowMap>(window, points, channels);
}
void map_to_outputs(const Sources<kWindow>& points, const Places<kOutputs>& outputs, std::size_t channels) {
  transform_square<OutputMap>(points, outputs, channels);
}
void map_taps(const Sources<kTaps>& taps, const Places<kWindow>& points, std::size_t channels) {
  transform_square<TapMap>(taps, points, channels);
}
void map_output_gradient(const Sources<kOutputs>& outputs, const Places<kWindow>& points, std::size_t channels) {
  transform_square<OutputGradientMap>(outputs, points, channels);
}
void map_to_taps(const Sources<kWindow>& points, const Places<kTaps>& taps, std::size_t channels) {
  transform_square<TapGradientMap>(points, taps, channels);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels::winograd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels::winograd {
namespace {

HWY_EXPORT(map_window);
HWY_EXPORT(map_to_outputs);
HWY_EXPORT(map_taps);
HWY_EXPORT(map_output_gradient);
HWY_EXPORT(map_to_taps);

}  // namespace

void transform_window(const Sources<kWindow>& window, const Places<kWindow>& points, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_window)(window, points, channels);
}

void transform_to_outputs(const Sources<kWindow>& points, const Places<kOutputs>& outputs,
                          std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_to_outputs)(points, outputs, channels);
}

void transform_taps(const Sources<kTaps>& taps, const Places<kWindow>& points, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_taps)(taps, points, channels);
}

void transform_output_gradient(const Sources<kOutputs>& outputs, const Places<kWindow>& points,
                               std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_output_gradient)(outputs, points, channels);
}

void transform_to_taps(const Sources<kWindow>& points, const Places<kTaps>& taps, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_to_taps)(points, taps, channels);
}

}  // namespace seg::kernels::winograd
#endif
