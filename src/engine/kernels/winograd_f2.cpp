// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/winograd_f2.h"

#include <cassert>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/winograd_f2.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/bfloat16_target.h"
#include "engine/kernels/float_lanes.h"
#include "engine/kernels/winograd_square.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels::winograd::HWY_NAMESPACE {
namespace {

using f2::kOutputs, f2::kWindow;
using kernels::HWY_NAMESPACE::load;

// One side of each map: a matrix, applied to the columns and then to the rows of a square.
struct WindowMap {  // B'
  static constexpr std::size_t kFrom = kWindow, kTo = kWindow;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    y[0] = hn::Sub(x[0], x[2]);
    y[1] = hn::Add(x[1], x[2]);
    y[2] = hn::Sub(x[2], x[1]);
    y[3] = hn::Sub(x[1], x[3]);
  }
};

struct OutputMap {  // A'
  static constexpr std::size_t kFrom = kWindow, kTo = kOutputs;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    y[0] = hn::Add(hn::Add(x[0], x[1]), x[2]);
    y[1] = hn::Sub(hn::Sub(x[1], x[2]), x[3]);
  }
};

struct OutputGradientMap {  // A
  static constexpr std::size_t kFrom = kOutputs, kTo = kWindow;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    y[0] = x[0];
    y[1] = hn::Add(x[0], x[1]);
    y[2] = hn::Sub(x[0], x[1]);
    y[3] = hn::Neg(x[1]);
  }
};

struct TapMap {  // G
  static constexpr std::size_t kFrom = kTaps, kTo = kWindow;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    const Vector even = times(0.5F, hn::Add(x[0], x[2]));
    y[0] = x[0];
    y[1] = mixed(0.5F, x[1], even);
    y[2] = mixed(-0.5F, x[1], even);
    y[3] = x[2];
  }
};

struct TapGradientMap {  // G'
  static constexpr std::size_t kFrom = kWindow, kTo = kTaps;
  static HWY_INLINE void apply(const Vector* x, Vector* y) {
    const Vector even = times(0.5F, hn::Add(x[1], x[2]));
    y[0] = hn::Add(x[0], even);
    y[1] = times(0.5F, hn::Sub(x[1], x[2]));
    y[2] = hn::Add(x[3], even);
  }
};

using Bits = hn::RebindToUnsigned<Floats>;
using BitVector = hn::Vec<Bits>;
using Halves = hn::Rebind<std::uint16_t, Floats>;

#if HWY_TARGET == HWY_AVX3
HWY_INLINE void store_rounded(Vector v, std::uint16_t* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(v.raw));  // NOLINT(*-cstyle-cast)
}

HWY_INLINE void store_pairs(Vector first, Vector second, Bfloat16Pair* to) {
  const __m512i ordered = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                           21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const auto both = (__m512i)_mm512_cvtne2ps_pbh(second.raw, first.raw);  // NOLINT(*-cstyle-cast)
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(ordered, both));
}
#else
// To the nearest, halves to even. The lower half of a NaN's bits is 0 here (it comes from a bfloat16 value, or from the
// processor), so adding to it makes no infinity of it.
HWY_INLINE BitVector rounded(Vector v) {
  const Bits bits;
  const auto plain = hn::BitCast(bits, v);
  const auto odd = hn::And(hn::ShiftRight<16>(plain), hn::Set(bits, 1));
  return hn::Add(plain, hn::Add(odd, hn::Set(bits, 0x7FFF)));
}

HWY_INLINE void store_rounded(Vector v, std::uint16_t* to) {
  const auto upper = hn::BitCast(hn::RebindToSigned<Bits>(), hn::ShiftRight<16>(rounded(v)));
  hn::StoreU(hn::DemoteTo(Halves(), upper), Halves(), to);
}

HWY_INLINE void store_pairs(Vector first, Vector second, Bfloat16Pair* to) {
  const Bits bits;
  const auto upper = hn::And(rounded(second), hn::Set(bits, 0xFFFF0000U));
  hn::StoreU(hn::Or(hn::ShiftRight<16>(rounded(first)), upper), bits, to);
}
#endif

// Pairs of the values that a map gives of two squares.
template <class Map>
HWY_INLINE void map_two(const std::array<Square<const std::uint16_t, Map::kFrom>, 2>& from,
                        const Square<Bfloat16Pair, Map::kTo>& to, std::size_t channels) {
  const Floats floats;
  for (std::size_t c = 0; c < channels; c += hn::Lanes(floats)) {
    Vector first[Map::kTo * Map::kTo];
    map_square<Map>([&](std::size_t i) HWY_ATTR { return load(floats, from[0][i] + c); },
                    [&](Vector v, std::size_t i) HWY_ATTR { first[i] = v; });
    map_square<Map>([&](std::size_t i) HWY_ATTR { return load(floats, from[1][i] + c); },
                    [&](Vector v, std::size_t i) HWY_ATTR { store_pairs(first[i], v, to[i] + c); });
  }
}

void map_window(const Square<const std::uint16_t, kWindow>& window, const Square<Bfloat16Pair, kWindow>& points,
                std::size_t channels) {
  const Floats floats;
  for (std::size_t c = 0; c < channels; c += hn::Lanes(floats)) {
    map_square<WindowMap>([&](std::size_t i) HWY_ATTR { return load(floats, window[i] + c); },
                          [&](Vector v, std::size_t i)
                              HWY_ATTR { store_rounded(v, reinterpret_cast<std::uint16_t*>(points[i]) + c); });
  }
}
void map_to_outputs(const Square<const float, kWindow>& points, const Square<std::uint16_t, kOutputs>& outputs,
                    std::size_t channels) {
  const Floats floats;
  for (std::size_t c = 0; c < channels; c += hn::Lanes(floats)) {
    map_square<OutputMap>([&](std::size_t i) HWY_ATTR { return load(floats, points[i] + c); },
                          [&](Vector v, std::size_t i) HWY_ATTR { store_rounded(v, outputs[i] + c); });
  }
}
void map_taps(const std::array<Square<const std::uint16_t, kTaps>, 2>& taps,
              const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) {
  map_two<TapMap>(taps, points, channels);
}
void map_windows(const std::array<Square<const std::uint16_t, kWindow>, 2>& windows,
                 const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) {
  map_two<WindowMap>(windows, points, channels);
}
void map_output_gradients(const std::array<Square<const std::uint16_t, kOutputs>, 2>& outputs,
                          const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) {
  map_two<OutputGradientMap>(outputs, points, channels);
}
void map_to_taps(const Square<const float, kWindow>& points, const Square<std::uint16_t, kTaps>& taps,
                 std::size_t channels) {
  const Floats floats;
  for (std::size_t c = 0; c < channels; c += hn::Lanes(floats)) {
    map_square<TapGradientMap>([&](std::size_t i) HWY_ATTR { return load(floats, points[i] + c); },
                               [&](Vector v, std::size_t i) HWY_ATTR { store_rounded(v, taps[i] + c); });
  }
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
HWY_EXPORT(map_windows);
HWY_EXPORT(map_output_gradients);
HWY_EXPORT(map_to_taps);

}  // namespace

void f2::transform_window(const Square<const std::uint16_t, kWindow>& window,
                          const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  SEG_BFLOAT16_DISPATCH(map_window)(window, points, channels);
}

void f2::transform_to_outputs(const Square<const float, kWindow>& points,
                              const Square<std::uint16_t, kOutputs>& outputs, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  SEG_BFLOAT16_DISPATCH(map_to_outputs)(points, outputs, channels);
}

void f2::transform_taps(const std::array<Square<const std::uint16_t, kTaps>, 2>& taps,
                        const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  SEG_BFLOAT16_DISPATCH(map_taps)(taps, points, channels);
}

void f2::transform_windows(const std::array<Square<const std::uint16_t, kWindow>, 2>& windows,
                           const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  SEG_BFLOAT16_DISPATCH(map_windows)(windows, points, channels);
}

void f2::transform_output_gradients(const std::array<Square<const std::uint16_t, kOutputs>, 2>& outputs,
                                    const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  SEG_BFLOAT16_DISPATCH(map_output_gradients)(outputs, points, channels);
}

void f2::transform_to_taps(const Square<const float, kWindow>& points, const Square<std::uint16_t, kTaps>& taps,
                           std::size_t channels) noexcept {
  assert(channels % kChannelGroup == 0);
  SEG_BFLOAT16_DISPATCH(map_to_taps)(points, taps, channels);
}

}  // namespace seg::kernels::winograd
#endif
