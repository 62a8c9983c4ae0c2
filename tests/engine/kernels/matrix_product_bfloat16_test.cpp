// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "engine/kernels/matrix_product.h"
#include "tests/engine/support/winograd_square.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

constexpr std::size_t kGap = 3;  // factors between rows that belong to nobody

std::vector<Bfloat16Pair> random_pairs(std::size_t count) {
  std::mt19937 random(7);
  std::vector<Bfloat16Pair> pairs(count);
  for (Bfloat16Pair& pair : pairs) {
    // Signs and some bits of the fraction at random, the exponents of numbers between 1/2 and 1.
    pair = (static_cast<Bfloat16Pair>(random()) & 0x807F807FU) | 0x3F003F00U;
  }
  return pairs;
}

double product_of(Bfloat16Pair a, Bfloat16Pair b) {
  const auto half = [](Bfloat16Pair pair, unsigned shift) {
    return static_cast<double>(testing::value_of(static_cast<std::uint16_t>(pair >> shift & 0xFFFFU)));
  };
  return half(a, 0) * half(b, 0) + half(a, 16) * half(b, 16);
}

void expect_equal_to_definition(const ProductExtent& e, bool is_transposed, bool adds) {
  const std::size_t left_row = (is_transposed ? e.rows : e.depth) + kGap, right_row = e.columns + kGap;
  const auto left = random_pairs((is_transposed ? e.depth : e.rows) * left_row),
             right = random_pairs(e.depth * right_row);
  std::vector<float> result(e.rows * right_row, 0.25F);
  const LeftMatrix<Bfloat16Pair> a{left.data(), is_transposed ? 1 : left_row, is_transposed ? left_row : 1};
  const RightMatrix<Bfloat16Pair> b{right.data(), right_row};
  const ResultMatrix c{result.data(), right_row};
  if (adds)
    add_product(a, b, c, e);
  else
    product(a, b, c, e);
  for (std::size_t r = 0; r < e.rows; ++r) {
    for (std::size_t column = 0; column < right_row; ++column) {
      double sum = adds || column >= e.columns ? 0.25 : 0.0;
      for (std::size_t k = 0; k < e.depth && column < e.columns; ++k)
        sum += product_of(left[r * a.row_step + k * a.depth_step], right[k * right_row + column]);
      ASSERT_NEAR(result[r * right_row + column], sum, 1e-5)
          << e.rows << "x" << e.depth << "x" << e.columns << ", element " << r << ", " << column;
    }
  }
}

TEST(MatrixProductOfPairs, EqualsItsDefinitionAtEveryInstructionLevel) {
  testing::at_every_instruction_level([] {
    for (const bool is_transposed : {false, true}) {
      for (const bool adds : {false, true}) {
        for (std::size_t rows = 1; rows <= 14; ++rows) {
          for (const std::size_t columns : {16U, 48U, 80U})
            expect_equal_to_definition({rows, 11, columns}, is_transposed, adds);
        }
        expect_equal_to_definition({6, 1, 64}, is_transposed, adds);
      }
    }
  });
}

}  // namespace
}  // namespace seg::kernels
