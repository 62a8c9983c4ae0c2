// SPDX-License-Identifier: Apache-2.0
// For sources that Highway compiles once per instruction set, which include it again each time (so: no #pragma once).
// Applies a linear map to both sides of a square of numbers, for many channels at a time.
#if defined(SEG_WINOGRAD_SQUARE_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SEG_WINOGRAD_SQUARE_H
#undef SEG_WINOGRAD_SQUARE_H
#else
#define SEG_WINOGRAD_SQUARE_H
#endif

#include <hwy/highway.h>

#include <cstddef>

#include "engine/kernels/winograd_tile.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels::winograd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kChannelGroup>;
using Vector = hn::Vec<Floats>;

HWY_INLINE Vector times(float factor, Vector v) { return hn::Mul(hn::Set(Floats(), factor), v); }
// factor * v + w
HWY_INLINE Vector mixed(float factor, Vector v, Vector w) { return hn::MulAdd(hn::Set(Floats(), factor), v, w); }

// A Map takes kFrom numbers to kTo; here it takes the columns of a square and then the rows of what that gave.
// load(element) gives a vector of channels, store(vector, element) takes one.
template <class Map, class Load, class Store>
HWY_INLINE void map_square(const Load& load, const Store& store) {
  constexpr std::size_t kFrom = Map::kFrom, kTo = Map::kTo;
  Vector half[kTo][kFrom];
  for (std::size_t j = 0; j < kFrom; ++j) {
    Vector column[kFrom], mapped[kTo];
    for (std::size_t i = 0; i < kFrom; ++i) column[i] = load(i * kFrom + j);
    Map::apply(column, mapped);
    for (std::size_t i = 0; i < kTo; ++i) half[i][j] = mapped[i];
  }
  for (std::size_t i = 0; i < kTo; ++i) {
    Vector mapped[kTo];
    Map::apply(half[i], mapped);
    for (std::size_t j = 0; j < kTo; ++j) store(mapped[j], i * kTo + j);
  }
}

}  // namespace seg::kernels::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
