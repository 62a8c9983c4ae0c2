// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/matrix_product.h"

#include <cassert>
#include <utility>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/matrix_product.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, kProductColumns>;
using FloatVector = hn::Vec<Floats>;

// A tile of the result stays in registers while `depth` runs: six rows hide the latency of the multiply-adds, and the
// vectors beside each other share what was broadcast. With 32 registers four of those fit, with 16 two.
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

template <bool Adds, std::size_t Rows, std::size_t Vectors>
HWY_INLINE void multiply_tile(const LeftMatrix& a, const RightMatrix& b, const ResultMatrix& c, std::size_t depth) {
  const Floats floats;
  const std::size_t lanes = hn::Lanes(floats);
  FloatVector sums[Rows][Vectors];
  for (std::size_t r = 0; r < Rows; ++r) {
    for (std::size_t v = 0; v < Vectors; ++v)
      sums[r][v] = Adds ? hn::LoadU(floats, c.data + r * c.step + v * lanes) : hn::Zero(floats);
  }
  const float* left = a.data;
  const float* right = b.data;
  for (std::size_t k = 0; k < depth; ++k, left += a.depth_step, right += b.step) {
    FloatVector row[Vectors];
    for (std::size_t v = 0; v < Vectors; ++v) row[v] = hn::LoadU(floats, right + v * lanes);
    for (std::size_t r = 0; r < Rows; ++r) {
      const auto factor = hn::Set(floats, left[r * a.row_step]);
      for (std::size_t v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(factor, row[v], sums[r][v]);
    }
  }
  for (std::size_t r = 0; r < Rows; ++r) {
    for (std::size_t v = 0; v < Vectors; ++v) hn::StoreU(sums[r][v], floats, c.data + r * c.step + v * lanes);
  }
}

template <bool Adds, std::size_t Vectors>
HWY_INLINE void multiply_columns(LeftMatrix a, const RightMatrix& b, ResultMatrix c, std::size_t rows,
                                 std::size_t depth) {
  for (; rows >= kTileRows; rows -= kTileRows) {
    multiply_tile<Adds, kTileRows, Vectors>(a, b, c, depth);
    a.data += kTileRows * a.row_step;
    c.data += kTileRows * c.step;
  }
  switch (rows) {
    case 5: return multiply_tile<Adds, 5, Vectors>(a, b, c, depth);
    case 4: return multiply_tile<Adds, 4, Vectors>(a, b, c, depth);
    case 3: return multiply_tile<Adds, 3, Vectors>(a, b, c, depth);
    case 2: return multiply_tile<Adds, 2, Vectors>(a, b, c, depth);
    case 1: return multiply_tile<Adds, 1, Vectors>(a, b, c, depth);
    default: return;
  }
}

template <bool Adds>
HWY_INLINE void multiply(const LeftMatrix& a, RightMatrix b, ResultMatrix c, const ProductExtent& extent) {
  const std::size_t lanes = hn::Lanes(Floats());
  for (std::size_t left = extent.columns; left != 0;) {
    const bool is_wide = left >= kTileVectors * lanes;
    if (is_wide) {
      multiply_columns<Adds, kTileVectors>(a, b, c, extent.rows, extent.depth);
    } else {
      multiply_columns<Adds, 1>(a, b, c, extent.rows, extent.depth);
    }
    const std::size_t done = is_wide ? kTileVectors * lanes : lanes;
    b.data += done;
    c.data += done;
    left -= done;
  }
}

void write_product(const LeftMatrix& a, const RightMatrix& b, const ResultMatrix& c, const ProductExtent& extent) {
  multiply<false>(a, b, c, extent);
}

void accumulate_product(const LeftMatrix& a, const RightMatrix& b, const ResultMatrix& c, const ProductExtent& extent) {
  multiply<true>(a, b, c, extent);
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

void product(const LeftMatrix& a, const RightMatrix& b, const ResultMatrix& c, const ProductExtent& extent) noexcept {
  assert(extent.columns % kProductColumns == 0);
  HWY_DYNAMIC_DISPATCH(write_product)(a, b, c, extent);
}

void add_product(const LeftMatrix& a, const RightMatrix& b, const ResultMatrix& c,
                 const ProductExtent& extent) noexcept {
  assert(extent.columns % kProductColumns == 0);
  HWY_DYNAMIC_DISPATCH(accumulate_product)(a, b, c, extent);
}

}  // namespace seg::kernels
#endif
