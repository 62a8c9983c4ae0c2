// SPDX-License-Identifier: Apache-2.0
// For sources that Highway compiles once per instruction set, which include it again each time (so: no #pragma once).
// A register's blocks of 16 bytes, each of which comes from a row of its own and goes back to it, and the turning of
// several such registers, after which a lane holds a row. For vectors whose length is known when compiling.
#if defined(SEG_ROW_BLOCKS_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SEG_ROW_BLOCKS_H
#undef SEG_ROW_BLOCKS_H
#else
#define SEG_ROW_BLOCKS_H
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace seg::row_blocks::HWY_NAMESPACE {
#if HWY_TARGET != HWY_SCALAR && !HWY_HAVE_SCALABLE
namespace hn = hwy::HWY_NAMESPACE;

using Block = hn::FixedTag<std::uint8_t, 16>;
constexpr std::size_t kBlock = 16;

// Block i of the result comes from pointers[i * step].
template <class D>
HWY_INLINE hn::VFromD<D> load_blocks(D d, const std::uint8_t* const* pointers, std::size_t step,
                                     std::ptrdiff_t offset) {
  if constexpr (hn::MaxLanes(D()) == kBlock) {
    return hn::LoadU(d, pointers[0] + offset);
  } else {
    const hn::Half<D> half;
    const auto upper = load_blocks(half, pointers + step * (hn::MaxLanes(half) / kBlock), step, offset);
    return hn::Combine(d, upper, load_blocks(half, pointers, step, offset));
  }
}

template <class D>
HWY_INLINE void store_blocks(D d, hn::VFromD<D> vector, std::uint8_t* const* pointers, std::size_t step,
                             std::ptrdiff_t offset) {
  if constexpr (hn::MaxLanes(D()) == kBlock) {
    hn::StoreU(vector, d, pointers[0] + offset);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, vector), pointers, step, offset);
    store_blocks(half, hn::UpperHalf(half, vector), pointers + step * (hn::MaxLanes(half) / kBlock), step, offset);
  }
}

template <std::size_t kCount, class D>
HWY_INLINE void two_rounds(D d, const hn::VFromD<D>* from, hn::VFromD<D>* to) {
#pragma GCC unroll 4
  for (std::size_t i = 0; i < kCount / 4; ++i) {
    const auto a = from[i], b = from[i + kCount / 4], c = from[i + kCount / 2], e = from[i + 3 * kCount / 4];
    const auto a_low = hn::InterleaveLower(d, a, c), a_high = hn::InterleaveUpper(d, a, c);
    const auto b_low = hn::InterleaveLower(d, b, e), b_high = hn::InterleaveUpper(d, b, e);
    to[4 * i] = hn::InterleaveLower(d, a_low, b_low);
    to[4 * i + 1] = hn::InterleaveUpper(d, a_low, b_low);
    to[4 * i + 2] = hn::InterleaveLower(d, a_high, b_high);
    to[4 * i + 3] = hn::InterleaveUpper(d, a_high, b_high);
  }
}

// Within each block: lane i of vector j becomes lane j of vector i. A round turns the number that is made of a vector's
// and a lane's by one bit. Two rounds at a time need four vectors only, which stay in registers.
template <class D>
HWY_INLINE void transpose(D d, hn::VFromD<D>* vectors) {
  constexpr std::size_t kCount = kBlock / sizeof(hn::TFromD<D>);
  static_assert(kCount == 4 || kCount == 8 || kCount == 16);
  hn::VFromD<D> turned[kCount];
  if constexpr (kCount == 8) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
      turned[2 * i] = hn::InterleaveLower(d, vectors[i], vectors[i + 4]);
      turned[2 * i + 1] = hn::InterleaveUpper(d, vectors[i], vectors[i + 4]);
    }
    two_rounds<kCount>(d, turned, vectors);
  } else if constexpr (kCount == 4) {
    two_rounds<kCount>(d, vectors, turned);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < kCount; ++i) vectors[i] = turned[i];
  } else {
    two_rounds<kCount>(d, vectors, turned);
    two_rounds<kCount>(d, turned, vectors);
  }
}

#endif
}  // namespace seg::row_blocks::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
