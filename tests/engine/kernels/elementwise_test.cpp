// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::expect_equal_to_python;

TEST(Elementwise, OutputAndGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  expect_equal_to_python("activation/relu", Op::activation, ActivationOptions{ActivationKind::relu});
  expect_equal_to_python("activation/sigmoid", Op::activation, ActivationOptions{ActivationKind::sigmoid});
  expect_equal_to_python("add/equal", Op::add, ElementwiseOptions{});
  expect_equal_to_python("add/1x1", Op::add, ElementwiseOptions{.second_is_1x1 = true});
  expect_equal_to_python("mul/equal", Op::mul, ElementwiseOptions{});
  expect_equal_to_python("mul/1x1", Op::mul, ElementwiseOptions{.second_is_1x1 = true});
}

}  // namespace
}  // namespace seg
