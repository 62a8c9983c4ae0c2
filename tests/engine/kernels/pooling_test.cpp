// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::expect_equal_to_python;

TEST(Pooling, OutputAndGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  expect_equal_to_python("max_pool/3_2_1", Op::max_pool, PoolOptions{.kernel = 3, .stride = 2, .padding = 1});
  expect_equal_to_python("max_pool/2_2_0", Op::max_pool, PoolOptions{.kernel = 2, .stride = 2, .padding = 0});
  expect_equal_to_python("average_pool/3_2_1", Op::average_pool, PoolOptions{.kernel = 3, .stride = 2, .padding = 1});
  expect_equal_to_python("average_pool/2_2_0", Op::average_pool, PoolOptions{.kernel = 2, .stride = 2, .padding = 0});
  expect_equal_to_python("global_pool", Op::global_pool, {});
}

}  // namespace
}  // namespace seg
