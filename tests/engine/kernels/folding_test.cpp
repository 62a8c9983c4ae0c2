// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::KernelCase;

at::Tensor run(Op op, Tensors inputs, const BatchNormOptions& norm) {
  KernelCase c{.op = op, .options = norm, .inputs = std::move(inputs)};
  c.context.full = c.context.compute = at::kDouble;
  return testing::run_kernels(c).output;
}

// By ATen's own convolution and batch norm on the other side.
TEST(Folding, ConvolutionWithThemIsConvolutionAndNorm) {
  const auto doubles = at::TensorOptions(at::kDouble);
  const BatchNormOptions norm{.eps = 1e-3, .inference = true};
  for (const std::int64_t groups : {std::int64_t{1}, std::int64_t{3}}) {
    for (const bool has_bias : {false, true}) {
      const at::Tensor x = at::randn({2, 3, 7, 5}, doubles), weight = at::randn({6, 3 / groups, 3, 3}, doubles);
      const at::Tensor bias = has_bias ? at::randn({6}, doubles) : at::Tensor();
      const at::Tensor scale = at::randn({6}, doubles), shift = at::randn({6}, doubles), mean = at::randn({6}, doubles),
                       variance = at::rand({6}, doubles).add(0.1);
      const at::Tensor unfolded = at::conv2d(x, weight, has_bias ? std::optional(bias) : std::nullopt, 1, 1, 1, groups);
      const at::Tensor expected =
          std::get<0>(at::native_batch_norm(unfolded, scale, shift, mean, variance, false, 0.1, norm.eps));
      const at::Tensor folded = run(Op::folded_weight, {weight, scale, variance}, norm);
      const at::Tensor offset = run(Op::folded_bias, {bias, scale, shift, mean, variance}, norm);
      EXPECT_LT(testing::relative_error(at::conv2d(x, folded, offset, 1, 1, 1, groups), expected), 1e-14);
    }
  }
}

}  // namespace
}  // namespace seg
