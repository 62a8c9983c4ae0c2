// SPDX-License-Identifier: Apache-2.0
// Of floats; matrix_product_bfloat16.cpp has the pairs.
#include "engine/kernels/matrix_product.h"

#include <cassert>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/matrix_product.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/product_tiles.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

struct Floats {
  using Factor = float;
  using Vector = ProductVector;
  static HWY_INLINE Vector load(const float* from) { return hn::LoadU(ProductFloats(), from); }
  static HWY_INLINE Vector broadcast(float factor) { return hn::Set(ProductFloats(), factor); }
  static HWY_INLINE Vector add(Vector sum, Vector a, Vector b) { return hn::MulAdd(a, b, sum); }
};

void write_product(const LeftMatrix<float>& a, const RightMatrix<float>& b, const ResultMatrix& c,
                   const ProductExtent& extent) {
  TiledProduct<Floats, false>::run(a, b, c, extent);
}

void accumulate_product(const LeftMatrix<float>& a, const RightMatrix<float>& b, const ResultMatrix& c,
                        const ProductExtent& extent) {
  TiledProduct<Floats, true>::run(a, b, c, extent);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(write_product);
HWY_EXPORT(accumulate_product);

}  // namespace

void product(const LeftMatrix<float>& a, const RightMatrix<float>& b, const ResultMatrix& c,
             const ProductExtent& extent) noexcept {
  assert(extent.columns % kProductColumns == 0);
  HWY_DYNAMIC_DISPATCH(write_product)(a, b, c, extent);
}

void add_product(const LeftMatrix<float>& a, const RightMatrix<float>& b, const ResultMatrix& c,
                 const ProductExtent& extent) noexcept {
  assert(extent.columns % kProductColumns == 0);
  HWY_DYNAMIC_DISPATCH(accumulate_product)(a, b, c, extent);
}

}  // namespace seg::kernels
#endif
