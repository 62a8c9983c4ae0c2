// SPDX-License-Identifier: Apache-2.0
// The composite, against Python. The CPU's own kernel: loss_cpu_test.cpp.
#include <gtest/gtest.h>

#include "tests/engine/support/failing_allocator.h"
#include "tests/engine/support/loss_case.h"

namespace seg {
namespace {

TEST(Loss, ValueAndGradientEqualPython) {
  SEG_NEEDS_PYTHON();
  testing::expect_losses_equal_to_python(
      {.composite = true, .type = at::kDouble, .tolerance = 1e-12, .lovasz_gradient = 1e-12});
}

TEST(Loss, ValueAndGradientEqualPythonInFp32) {
  SEG_NEEDS_PYTHON();
  testing::expect_losses_equal_to_python(
      {.composite = true, .type = at::kFloat, .tolerance = 1e-5, .lovasz_gradient = 1e-4});
}

TEST(Loss, TheShareAndTheWeightScaleTheGradientOnly) { testing::expect_scaling_of_the_gradient(/*composite=*/true); }

TEST(Loss, ALabelThatIsNoClassGivesNaN) { testing::expect_nan_for_a_label_out_of_range(/*composite=*/true); }

TEST(Loss, NaNAmongTheLogitsShowsInTheValue) { testing::expect_nan_to_show(/*composite=*/true); }

TEST(Loss, IsNothingWhereNoWeightIsLeft) { testing::expect_nothing_where_no_weight_is_left(/*composite=*/true); }

TEST(Loss, IsNothingWithoutAValidPixel) { testing::expect_nothing_without_a_valid_pixel(/*composite=*/true); }

// On a GPU that copy would wait for all that is queued.
TEST(Loss, WeightsOfClassesAreBroughtToTheDeviceOnceForAllHeadsAndSteps) {
  testing::KernelCase c = testing::random_loss({});
  c.composite = true;
  const auto allocations_with = [&](std::vector<double> weights) {
    std::get<LossOptions>(c.options).class_weights = std::move(weights);
    testing::FailingAllocator allocator;
    (void)testing::run_kernels(c);
    return allocator.count();
  };
  const std::int64_t first = allocations_with({1, 2, 3, 4, 5}), again = allocations_with({1, 2, 3, 4, 5});
  EXPECT_LT(again, first);
  EXPECT_EQ(allocations_with({5, 4, 3, 2, 1}), first);
}

}  // namespace
}  // namespace seg
