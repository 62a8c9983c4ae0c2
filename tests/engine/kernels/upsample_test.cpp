// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::expect_equal_to_python;

TEST(Upsample, OutputAndGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  const auto check = [](const char* name, const UpsampleOptions& options) {
    expect_equal_to_python(name, Op::upsample, options);
  };
  check("upsample/nearest_2", {.factor = 2, .mode = Interpolation::nearest});
  check("upsample/bilinear_2", {.factor = 2, .mode = Interpolation::bilinear});
  check("upsample/bilinear_3", {.factor = 3, .mode = Interpolation::bilinear});
  check("upsample/corners_2", {.factor = 2, .mode = Interpolation::bilinear, .align_corners = true});
  check("upsample/nearest_like", {.factor = 0, .mode = Interpolation::nearest});
  check("upsample/bilinear_like", {.factor = 0, .mode = Interpolation::bilinear});
}

}  // namespace
}  // namespace seg
