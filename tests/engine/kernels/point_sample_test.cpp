// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::expect_equal_to_python;

TEST(PointSample, OutputAndGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  expect_equal_to_python("point_sample/zeros", Op::point_sample, PointSampleOptions{PointPadding::zeros});
  expect_equal_to_python("point_sample/border", Op::point_sample, PointSampleOptions{PointPadding::border});
}

}  // namespace
}  // namespace seg
