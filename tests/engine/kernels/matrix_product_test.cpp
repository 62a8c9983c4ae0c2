// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/matrix_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

struct Operands {
  std::vector<float> left, right, result;

  Operands(std::size_t left_size, std::size_t right_size, std::size_t result_size)
      : left(left_size), right(right_size), result(result_size) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> numbers(-1, 1);
    for (std::vector<float>* matrix : {&left, &right, &result})
      std::generate(matrix->begin(), matrix->end(), [&] { return numbers(random); });
  }
};

constexpr std::size_t kGap = 3;  // floats between rows that belong to nobody

void expect_equal_to_definition(const ProductExtent& e, bool is_transposed, bool adds) {
  const std::size_t left_row = (is_transposed ? e.rows : e.depth) + kGap, right_row = e.columns + kGap;
  Operands o((is_transposed ? e.depth : e.rows) * left_row, e.depth * right_row, e.rows * right_row);
  const std::vector<float> before = o.result;
  const auto a =
      is_transposed ? LeftMatrix<float>{o.left.data(), 1, left_row} : LeftMatrix<float>{o.left.data(), left_row, 1};
  const RightMatrix<float> b{o.right.data(), right_row};
  const ResultMatrix sums{o.result.data(), right_row};
  if (adds)
    add_product(a, b, sums, e);
  else
    product(a, b, sums, e);
  for (std::size_t r = 0; r < e.rows; ++r) {
    for (std::size_t c = 0; c < right_row; ++c) {
      const std::size_t place = r * right_row + c;
      if (c >= e.columns) {
        ASSERT_EQ(o.result[place], before[place]) << "between the rows, behind row " << r;
        continue;
      }
      double sum = adds ? before[place] : 0.0;
      for (std::size_t k = 0; k < e.depth; ++k)
        sum += static_cast<double>(a.data[r * a.row_step + k * a.depth_step]) * o.right[k * right_row + c];
      ASSERT_NEAR(o.result[place], sum, 1e-5)
          << e.rows << "x" << e.depth << "x" << e.columns << ", element " << r << ", " << c;
    }
  }
}

TEST(MatrixProduct, EqualsItsDefinitionAtEveryInstructionLevel) {
  testing::at_every_instruction_level([] {
    for (const bool is_transposed : {false, true}) {
      for (const bool adds : {false, true}) {
        for (std::size_t rows = 1; rows <= 14; ++rows) {
          for (const std::size_t columns : {16U, 32U, 48U, 64U, 80U})
            expect_equal_to_definition({rows, 21, columns}, is_transposed, adds);
        }
        expect_equal_to_definition({6, 1, 64}, is_transposed, adds);
      }
    }
  });
}

TEST(MatrixProduct, GivesTheSameBitsHoweverRowsAreCut) {
  const ProductExtent whole{13, 37, 64};
  Operands o(whole.rows * whole.depth, whole.depth * whole.columns, whole.rows * whole.columns);
  const RightMatrix<float> right{o.right.data(), whole.columns};
  product(LeftMatrix<float>{o.left.data(), whole.depth, 1}, right, {o.result.data(), whole.columns}, whole);
  std::vector<float> cut(o.result.size());
  for (std::size_t row = 0; row < whole.rows; ++row) {
    product(LeftMatrix<float>{o.left.data() + row * whole.depth, whole.depth, 1}, right,
            {cut.data() + row * whole.columns, whole.columns}, {1, whole.depth, whole.columns});
  }
  EXPECT_EQ(cut, o.result);
}

}  // namespace
}  // namespace seg::kernels
