// SPDX-License-Identifier: Apache-2.0
// Products of small matrices of floats that lie in memory near the core, by the best instructions of this processor.
//
// A number of the result is a sum in the order of `depth`, however large the matrices are: cutting rows or columns
// into several calls changes no bit. Nothing is allocated; thread-safe.
#pragma once
#include <cstddef>

namespace seg::kernels {

struct ProductExtent {
  std::size_t rows = 0, depth = 0;
  std::size_t columns = 0;  // a multiple of kProductColumns
};
inline constexpr std::size_t kProductColumns = 16;

// Element (r, k) lies at data[r * row_step + k * depth_step]: a matrix or its transpose.
struct LeftMatrix {
  const float* data = nullptr;
  std::size_t row_step = 0, depth_step = 1;
};
// Rows of `columns` floats, `step` apart.
struct RightMatrix {
  const float* data = nullptr;
  std::size_t step = 0;
};
struct ResultMatrix {
  float* data = nullptr;
  std::size_t step = 0;
};

void product(const LeftMatrix& a, const RightMatrix& b, const ResultMatrix& c, const ProductExtent& extent) noexcept;
// c += a b, the sum beginning with c.
void add_product(const LeftMatrix& a, const RightMatrix& b, const ResultMatrix& c,
                 const ProductExtent& extent) noexcept;

}  // namespace seg::kernels
