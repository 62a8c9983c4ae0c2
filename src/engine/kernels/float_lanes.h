// SPDX-License-Identifier: Apache-2.0
// For sources that Highway compiles once per instruction set, which include it again each time (so: no #pragma once).
// Vectors of floats: loaded from and stored to float arrays or the bits of bfloat16 values (uint16_t), and walked
// through an array of any length. What is here is compiled for larger instruction sets: no functions of the standard
// library, of which the linker might choose this copy for all.
#if defined(SEG_FLOAT_LANES_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SEG_FLOAT_LANES_H
#undef SEG_FLOAT_LANES_H
#else
#define SEG_FLOAT_LANES_H
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace seg::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}

// A bfloat16 is the upper half of a float.
template <class D>
HWY_INLINE hn::Vec<D> load(D d, const std::uint16_t* from) {
  const hn::Rebind<std::uint16_t, D> narrow;
  const hn::RebindToUnsigned<D> wide;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(wide, hn::LoadU(narrow, from))));
}

template <class D>
HWY_INLINE void store(hn::Vec<D> v, D d, float* to) {
  hn::StoreU(v, d, to);
}

// Rounded to the nearest, halves to even. A NaN stays one: rounding its bits could make an infinity of it.
template <class D>
HWY_INLINE void store(hn::Vec<D> v, D /*d*/, std::uint16_t* to) {
  const hn::Rebind<std::uint16_t, D> narrow;
  const hn::RebindToUnsigned<D> wide;
  const auto bits = hn::BitCast(wide, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(wide, 1));
  const auto rounded = hn::ShiftRight<16>(hn::Add(hn::Add(bits, hn::Set(wide, 0x7FFF)), odd));
  const auto is_number = hn::RebindMask(wide, hn::Eq(v, v));
  const auto safe = hn::IfThenElse(is_number, rounded, hn::Set(wide, 0x7FC0));
  hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(hn::RebindToSigned<decltype(wide)>(), safe)), narrow, to);
}

using Lanes = hn::ScalableTag<float>;
using OneLane = hn::CappedTag<float, 1>;

// Calls f(tag, i) for whole vectors of an array, then for the values that are left one by one.
template <class F>
HWY_INLINE void for_each_vector(std::int64_t size, F f) {
  const Lanes lanes;
  const auto width = static_cast<std::int64_t>(hn::Lanes(lanes));
  std::int64_t i = 0;
  for (; i + width <= size; i += width) f(lanes, i);
  for (; i < size; ++i) f(OneLane(), i);
}

}  // namespace seg::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
