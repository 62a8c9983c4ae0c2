// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/winograd_f4.h"

#include <cassert>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/winograd_f4.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/winograd_square.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels::winograd::HWY_NAMESPACE {
namespace {

using f4::kOutputs, f4::kWindow;

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
HWY_INLINE void transform(const Square<const float, Map::kFrom>& from, const Square<float, Map::kTo>& to,
                          std::size_t channels) {
  const Floats floats;
  for (std::size_t c = 0; c < channels; c += hn::Lanes(floats)) {
    map_square<Map>([&](std::size_t i) HWY_ATTR { return hn::LoadU(floats, from[i] + c); },
                    [&](Vector v, std::size_t i) HWY_ATTR { hn::StoreU(v, floats, to[i] + c); });
  }
}

void map_window(const Square<const float, kWindow>& window, const Square<float, kWindow>& points,
                std::size_t channels) {
  transform<WindowMap>(window, points, channels);
}
void map_to_outputs(const Square<const float, kWindow>& points, const Square<float, kOutputs>& outputs,
                    std::size_t channels) {
  transform<OutputMap>(points, outputs, channels);
}
void map_taps(const Square<const float, kTaps>& taps, const Square<float, kWindow>& points, std::size_t channels) {
  transform<TapMap>(taps, points, channels);
}
void map_output_gradient(const Square<const float, kOutputs>& outputs, const Square<float, kWindow>& points,
                         std::size_t channels) {
  transform<OutputGradientMap>(outputs, points, channels);
}
void map_to_taps(const Square<const float, kWindow>& points, const Square<float, kTaps>& taps, std::size_t channels) {
  transform<TapGradientMap>(points, taps, channels);
}

}  // namespace
}  // namespace seg::kernels::winograd::HWY_NAMESPACE
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

void f4::transform_window(const Square<const float, kWindow>& window, const Square<float, kWindow>& points,
                          std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_window)(window, points, channels);
}

void f4::transform_to_outputs(const Square<const float, kWindow>& points, const Square<float, kOutputs>& outputs,
                              std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_to_outputs)(points, outputs, channels);
}

void f4::transform_taps(const Square<const float, kTaps>& taps, const Square<float, kWindow>& points,
                        std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_taps)(taps, points, channels);
}

void f4::transform_output_gradient(const Square<const float, kOutputs>& outputs, const Square<float, kWindow>& points,
                                   std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_output_gradient)(outputs, points, channels);
}

void f4::transform_to_taps(const Square<const float, kWindow>& points, const Square<float, kTaps>& taps,
                           std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  HWY_DYNAMIC_DISPATCH(map_to_taps)(points, taps, channels);
}

}  // namespace seg::kernels::winograd
#endif
