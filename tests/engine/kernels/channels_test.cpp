// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::expect_equal_to_python;

TEST(Channels, OutputAndGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  expect_equal_to_python("concat", Op::concat, {});
  expect_equal_to_python("slice", Op::slice, SliceOptions{.begin = 2, .length = 3});
  expect_equal_to_python("softmax", Op::softmax, {});
  expect_equal_to_python("argmax", Op::argmax, {});
}

}  // namespace
}  // namespace seg
