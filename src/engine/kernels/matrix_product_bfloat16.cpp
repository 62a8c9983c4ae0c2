// SPDX-License-Identifier: Apache-2.0
// Of pairs of bfloat16 values, whose products are exact as floats.
#include <cassert>

#include "engine/kernels/matrix_product.h"

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/matrix_product_bfloat16.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/bfloat16_target.h"
#include "engine/kernels/product_tiles.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

using PairTag = hn::RebindToUnsigned<ProductFloats>;

struct Pairs {
  using Factor = Bfloat16Pair;
  using Vector = hn::Vec<PairTag>;
  static HWY_INLINE Vector load(const Factor* from) { return hn::LoadU(PairTag(), from); }
  static HWY_INLINE Vector broadcast(Factor factor) { return hn::Set(PairTag(), factor); }

#if HWY_TARGET == HWY_AVX3
  static HWY_INLINE ProductVector add(ProductVector sum, Vector a, Vector b) {
    // The types of vectors of bfloat16 values are views of the same bits.
    return ProductVector{_mm512_dpbf16_ps(sum.raw, (__m512bh)a.raw, (__m512bh)b.raw)};  // NOLINT(*-cstyle-cast)
  }
#else
  static HWY_INLINE ProductVector add(ProductVector sum, Vector a, Vector b) {
    return hn::MulAdd(first(a), first(b), hn::MulAdd(second(a), second(b), sum));
  }
  // A bfloat16 value is the upper half of a float.
  static HWY_INLINE ProductVector first(Vector pairs) { return hn::BitCast(ProductFloats(), hn::ShiftLeft<16>(pairs)); }
  static HWY_INLINE ProductVector second(Vector pairs) {
    return hn::BitCast(ProductFloats(), hn::And(pairs, hn::Set(PairTag(), 0xFFFF0000U)));
  }
#endif
};

void write_pair_product(const LeftMatrix<Bfloat16Pair>& a, const RightMatrix<Bfloat16Pair>& b, const ResultMatrix& c,
                        const ProductExtent& extent) {
  TiledProduct<Pairs, false>::run(a, b, c, extent);
}

void accumulate_pair_product(const LeftMatrix<Bfloat16Pair>& a, const RightMatrix<Bfloat16Pair>& b,
                             const ResultMatrix& c, const ProductExtent& extent) {
  TiledProduct<Pairs, true>::run(a, b, c, extent);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(write_pair_product);
HWY_EXPORT(accumulate_pair_product);

}  // namespace

void product(const LeftMatrix<Bfloat16Pair>& a, const RightMatrix<Bfloat16Pair>& b, const ResultMatrix& c,
             const ProductExtent& extent) noexcept {
  assert(extent.columns % kProductColumns == 0);
  SEG_BFLOAT16_DISPATCH(write_pair_product)(a, b, c, extent);
}

void add_product(const LeftMatrix<Bfloat16Pair>& a, const RightMatrix<Bfloat16Pair>& b, const ResultMatrix& c,
                 const ProductExtent& extent) noexcept {
  assert(extent.columns % kProductColumns == 0);
  SEG_BFLOAT16_DISPATCH(accumulate_pair_product)(a, b, c, extent);
}

}  // namespace seg::kernels
#endif
