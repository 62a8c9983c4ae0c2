// SPDX-License-Identifier: Apache-2.0
// For sources that Highway compiles once per instruction set, which include it again each time (so: no #pragma once).
// The loops of a matrix product, for factors of any kind.
#if defined(SEG_PRODUCT_TILES_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SEG_PRODUCT_TILES_H
#undef SEG_PRODUCT_TILES_H
#else
#define SEG_PRODUCT_TILES_H
#endif

#include <hwy/highway.h>

#include "engine/kernels/matrix_product.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using ProductFloats = hn::CappedTag<float, kProductColumns>;
using ProductVector = hn::Vec<ProductFloats>;

// A tile of the result stays in registers while `depth` runs: six rows hide the latency of the multiply-adds, and the
// vectors beside each other share what was broadcast. With 32 registers four of those fit, with 16 two.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

// Factors: load(from) gives a vector of factors, broadcast(factor) one of equal ones, and add(sum, a, b) the sum with
// their products.
template <class Factors, bool Adds>
class TiledProduct {
 public:
  using Factor = typename Factors::Factor;

  static HWY_INLINE void run(const LeftMatrix<Factor>& a, RightMatrix<Factor> b, ResultMatrix c,
                             const ProductExtent& extent) {
    const std::size_t lanes = hn::Lanes(ProductFloats());
    for (std::size_t left = extent.columns; left != 0;) {
      const bool is_wide = left >= kTileVectors * lanes;
      if (is_wide) {
        columns<kTileVectors>(a, b, c, extent.rows, extent.depth);
      } else {
        columns<1>(a, b, c, extent.rows, extent.depth);
      }
      const std::size_t done = is_wide ? kTileVectors * lanes : lanes;
      b.data += done;
      c.data += done;
      left -= done;
    }
  }

 private:
  template <std::size_t Vectors>
  static HWY_INLINE void columns(LeftMatrix<Factor> a, const RightMatrix<Factor>& b, ResultMatrix c, std::size_t rows,
                                 std::size_t depth) {
    for (; rows >= kTileRows; rows -= kTileRows) {
      tile<kTileRows, Vectors>(a, b, c, depth);
      a.data += kTileRows * a.row_step;
      c.data += kTileRows * c.step;
    }
    switch (rows) {
      case 5: return tile<5, Vectors>(a, b, c, depth);
      case 4: return tile<4, Vectors>(a, b, c, depth);
      case 3: return tile<3, Vectors>(a, b, c, depth);
      case 2: return tile<2, Vectors>(a, b, c, depth);
      case 1: return tile<1, Vectors>(a, b, c, depth);
      default: return;
    }
  }

  template <std::size_t Rows, std::size_t Vectors>
  static HWY_INLINE void tile(const LeftMatrix<Factor>& a, const RightMatrix<Factor>& b, const ResultMatrix& c,
                              std::size_t depth) {
    const ProductFloats floats;
    const std::size_t lanes = hn::Lanes(floats);
    ProductVector sums[Rows][Vectors];
    for (std::size_t r = 0; r < Rows; ++r) {
      for (std::size_t v = 0; v < Vectors; ++v)
        sums[r][v] = Adds ? hn::LoadU(floats, c.data + r * c.step + v * lanes) : hn::Zero(floats);
    }
    const Factor* left = a.data;
    const Factor* right = b.data;
    for (std::size_t k = 0; k < depth; ++k, left += a.depth_step, right += b.step) {
      typename Factors::Vector row[Vectors];
      for (std::size_t v = 0; v < Vectors; ++v) row[v] = Factors::load(right + v * lanes);
      for (std::size_t r = 0; r < Rows; ++r) {
        const auto factor = Factors::broadcast(left[r * a.row_step]);
        for (std::size_t v = 0; v < Vectors; ++v) sums[r][v] = Factors::add(sums[r][v], factor, row[v]);
      }
    }
    for (std::size_t r = 0; r < Rows; ++r) {
      for (std::size_t v = 0; v < Vectors; ++v) hn::StoreU(sums[r][v], floats, c.data + r * c.step + v * lanes);
    }
  }
};

}  // namespace seg::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
