// SPDX-License-Identifier: Apache-2.0
// The CPU's kernel against the composite.
#include <ATen/core/Tensor.h>
#include <ATen/ops/randint.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

TEST(BoundaryWeightCpu, EqualsTheComposite) {
  for (const bool is_dense : {true, false}) {
    testing::KernelCase c{.op = Op::boundary_weight,
                          .options = BoundaryWeightOptions{.weight = 10, .sigma = 5},
                          .inputs = {at::randint(0, 256, {3, 130, 257}, at::TensorOptions(at::kByte))}};
    if (!is_dense) c.inputs[0] = c.inputs[0].transpose(1, 2);
    const at::Tensor ours = testing::run_kernels(c).output;
    c.composite = true;
    EXPECT_LT(testing::relative_error(ours, testing::run_kernels(c).output), 1e-6);
    EXPECT_EQ(ours.sizes(), c.inputs[0].sizes());
  }
}

}  // namespace
}  // namespace seg
