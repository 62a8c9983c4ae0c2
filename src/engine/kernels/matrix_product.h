// SPDX-License-Identifier: Apache-2.0
// Products of small matrices that lie in memory near the core, by the best instructions of this processor.
//
// Factors are floats, or pairs of bfloat16 values that follow each other in depth; sums are floats. A number of the
// result is a sum in the order of `depth`, however large the matrices are: cutting rows or columns into several calls
// changes no bit. Nothing is allocated; thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>

namespace seg::kernels {

// The bits of two bfloat16 values, that of the smaller depth in the lower half.
using Bfloat16Pair = std::uint32_t;

struct ProductExtent {
  std::size_t rows = 0, depth = 0;  // depth in factors: half as many pairs as values
  std::size_t columns = 0;          // a multiple of kProductColumns
};
inline constexpr std::size_t kProductColumns = 16;
// Columns that are best taken together: what the registers of four vectors beside each other hold.
inline constexpr std::size_t kProductPanel = 64;

// Factor (r, k) lies at data[r * row_step + k * depth_step]: a matrix or its transpose.
template <class Factor>
struct LeftMatrix {
  const Factor* data = nullptr;
  std::size_t row_step = 0, depth_step = 1;
};
// Rows of `columns` factors, `step` apart.
template <class Factor>
struct RightMatrix {
  const Factor* data = nullptr;
  std::size_t step = 0;
};
struct ResultMatrix {
  float* data = nullptr;
  std::size_t step = 0;
};

void product(const LeftMatrix<float>& a, const RightMatrix<float>& b, const ResultMatrix& c,
             const ProductExtent& extent) noexcept;
void product(const LeftMatrix<Bfloat16Pair>& a, const RightMatrix<Bfloat16Pair>& b, const ResultMatrix& c,
             const ProductExtent& extent) noexcept;
// c += a b, the sum beginning with c.
void add_product(const LeftMatrix<float>& a, const RightMatrix<float>& b, const ResultMatrix& c,
                 const ProductExtent& extent) noexcept;
void add_product(const LeftMatrix<Bfloat16Pair>& a, const RightMatrix<Bfloat16Pair>& b, const ResultMatrix& c,
                 const ProductExtent& extent) noexcept;

}  // namespace seg::kernels
