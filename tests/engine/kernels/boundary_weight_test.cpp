// SPDX-License-Identifier: Apache-2.0
// The composite. The CPU's own kernel: boundary_weight_cpu_test.cpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

testing::KernelCase all_distances(at::ScalarType type) {
  testing::KernelCase c{.op = Op::boundary_weight,
                        .options = BoundaryWeightOptions{.weight = 4, .sigma = 2.5},
                        .inputs = {at::arange(256).to(at::kByte).view({2, 8, 16})},
                        .composite = true};
  c.context.full = c.context.compute = type;
  return c;
}

TEST(BoundaryWeight, IsOneAndAGaussianOfTheDistanceInPixels) {
  const at::Tensor weights = testing::run_kernels(all_distances(at::kDouble)).output;
  EXPECT_EQ(weights.sizes(), at::IntArrayRef({2, 8, 16}));
  for (int eighths = 0; eighths < 256; ++eighths) {
    const double d = eighths / 8.0;
    EXPECT_NEAR(weights.flatten()[eighths].item<double>(), 1 + 4 * std::exp(-d * d / (2 * 2.5 * 2.5)), 1e-14);
  }
}

TEST(BoundaryWeight, IsInTheParametersType) {
  const at::Tensor weights = testing::run_kernels(all_distances(at::kFloat)).output;
  EXPECT_EQ(weights.scalar_type(), at::kFloat);
  EXPECT_LT(testing::relative_error(weights, testing::run_kernels(all_distances(at::kDouble)).output), 1e-6);
}

}  // namespace
}  // namespace seg
