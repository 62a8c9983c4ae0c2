// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::expect_equal_to_python;

TEST(Convolution, OutputAndGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  const auto check = [](const char* name, const ConvolutionOptions& options) {
    expect_equal_to_python(name, Op::convolution, options);
  };
  check("convolution/plain", {.out_channels = 5});
  check("convolution/bias", {.out_channels = 5, .kernel = 1, .padding = 0, .bias = true});
  check("convolution/stride", {.out_channels = 5, .stride = 2});
  check("convolution/dilation", {.out_channels = 5, .padding = 2, .dilation = 2});
  check("convolution/groups", {.out_channels = 4, .groups = 2});
  check("convolution/depthwise", {.out_channels = 6, .groups = 6});
  check("convolution/multiplier", {.out_channels = 36, .stride = 2, .groups = 6});
}

}  // namespace
}  // namespace seg
