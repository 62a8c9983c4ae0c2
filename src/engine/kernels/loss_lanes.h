// SPDX-License-Identifier: Apache-2.0
// For sources that Highway compiles once per instruction set, which include it again each time (so: no #pragma once).
// The vectors of a loss, whose lanes are columns of logits (loss_columns.h): powers and logarithms of two, what lies
// between two cells, and how a gradient reaches both. What is here is compiled for larger instruction sets: no
// functions of the standard library, of which the linker might choose this copy for all.
#if defined(SEG_LOSS_LANES_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SEG_LOSS_LANES_H
#undef SEG_LOSS_LANES_H
#else
#define SEG_LOSS_LANES_H
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "engine/kernels/loss_columns.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels::HWY_NAMESPACE {
namespace loss_lanes {

namespace hn = hwy::HWY_NAMESPACE;

using Lanes = hn::CappedTag<float, static_cast<std::size_t>(kLossCells)>;
using Vector = hn::Vec<Lanes>;

constexpr float kLn2 = 0.693147181F, kLog2E = 1.44269504F;

HWY_INLINE Vector set(float value) { return hn::Set(Lanes(), value); }

// NaN stays NaN: x86's instruction gives its second operand then, while Highway's emulation gives the number.
HWY_INLINE Vector at_least(float lowest, Vector x) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  return hn::IfThenElse(hn::Lt(x, set(lowest)), set(lowest), x);
#else
  return hn::Max(set(lowest), x);
#endif
}

constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest whole number in the low bits

// 2^(r + n), r from -1/2 to 1/2 and `shifted` n + kRound: a polynomial within 2e-9 of 2^r.
HWY_INLINE Vector power_of_two(Vector r, Vector shifted) {
  const Lanes d;
  const hn::RebindToSigned<Lanes> whole;
  auto p = hn::MulAdd(set(1.5353362e-4F), r, set(1.3398875e-3F));
  p = hn::MulAdd(p, r, set(9.6184369e-3F));
  p = hn::MulAdd(p, r, set(5.5503324e-2F));
  p = hn::MulAdd(p, r, set(0.24022648F));
  p = hn::MulAdd(p, r, set(0.69314718F));
  p = hn::MulAdd(p, r, set(1.0F));
  // The high bits of `shifted` leave the word when the whole number is shifted to the exponent's place.
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(whole, shifted));
  return hn::BitCast(d, hn::Add(hn::BitCast(whole, p), exponent));
}

// For x <= 0; 1 unit in the last place.
HWY_INLINE Vector exp2_of(Vector x) {
  x = at_least(-126.0F, x);
  const auto shifted = hn::Add(x, set(kRound));
  return power_of_two(hn::Sub(x, hn::Sub(shifted, set(kRound))), shifted);
}

// For x <= 0; the product with log2(e), itself rounded, is not where instructions multiply and add at once (AVX2 and
// later).
HWY_INLINE Vector exp_of(Vector x) {
  x = at_least(-87.0F, x);  // above the subnormal numbers
  const auto shifted = hn::MulAdd(x, set(kLog2E), set(kRound));
  return power_of_two(hn::MulSub(x, set(kLog2E), hn::Sub(shifted, set(kRound))), shifted);
}

// For normal x > 0. NaN stays NaN.
HWY_INLINE Vector log2_of(Vector x) {
  const Lanes d;
  const hn::RebindToSigned<Lanes> whole;
  const auto sqrt_half = hn::Set(whole, 0x3F3504F3);  // bits of sqrt(1/2)
  const auto bits = hn::Sub(hn::BitCast(whole, x), sqrt_half);
  const auto e = hn::ConvertTo(d, hn::ShiftRight<23>(bits));
  const auto m = hn::BitCast(d, hn::Add(hn::And(bits, hn::Set(whole, 0x7FFFFF)), sqrt_half));  // sqrt(1/2) … sqrt(2)
  const auto s = hn::Div(hn::Sub(m, set(1.0F)), hn::Add(m, set(1.0F)));  // log2 m = 2 artanh(s) / ln 2
  const auto z = hn::Mul(s, s);
  auto p = hn::MulAdd(set(0.32059889F), z, set(0.41219858F));
  p = hn::MulAdd(p, z, set(0.57707802F));
  p = hn::MulAdd(p, z, set(0.96179669F));
  p = hn::MulAdd(p, z, set(2.88539008F));
  return hn::IfThenElse(hn::Eq(x, x), hn::MulAdd(p, s, e), x);
}

HWY_INLINE Vector between(Vector t, const float* cells) {
  const auto a = hn::LoadU(Lanes(), cells);
  return hn::MulAdd(t, hn::Sub(hn::LoadU(Lanes(), cells + 1), a), a);
}

HWY_INLINE Vector numbers(const std::uint8_t* labels) {
  const hn::RebindToSigned<Lanes> whole;
  return hn::ConvertTo(Lanes(), hn::PromoteTo(whole, hn::LoadU(hn::Rebind<std::uint8_t, Lanes>(), labels)));
}

HWY_INLINE double sum_of(Vector values) {
  HWY_ALIGN float lanes[kLossCells];
  hn::Store(values, Lanes(), lanes);
  double sum = 0.0;
  for (std::size_t i = 0; i < hn::Lanes(Lanes()); ++i) sum += static_cast<double>(lanes[i]);
  return sum;
}

// For TableLookupLanes: each lane gets the one before it, the first itself.
HWY_INLINE auto lanes_before() {
  HWY_ALIGN std::int32_t lanes[kLossCells] = {};
  for (std::int32_t i = 1; i < static_cast<std::int32_t>(kLossCells); ++i) lanes[i] = i - 1;
  return hn::SetTableIndices(Lanes(), lanes);
}

// Adds to a vector of cells and to the cell behind each of them. In registers: a load of what has just been stored in
// another alignment waits. `before`: lanes_before().
template <class Indices>
HWY_INLINE void increase(float* cells, Vector all, Vector next, const Indices& before) {
  const Lanes d;
  const auto last = static_cast<std::size_t>(hn::Lanes(d)) - 1;
  const auto from_before = hn::IfThenZeroElse(hn::FirstN(d, 1), hn::TableLookupLanes(next, before));
  hn::StoreU(hn::Add(hn::LoadU(d, cells), hn::Add(hn::Sub(all, next), from_before)), d, cells);
  cells[last + 1] += hn::ExtractLane(next, last);
}

}  // namespace loss_lanes
}  // namespace seg::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
