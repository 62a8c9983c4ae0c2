// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::KernelResults;
using testing::relative_error;

KernelResults run(Op op, const at::Tensor& x, const Shape& output, const at::Tensor& dy = {}) {
  KernelCase c{.op = op, .inputs = {x}, .output_shape = output};
  c.context.full = c.context.compute = x.scalar_type();
  return testing::run_kernels(c, dy);
}

at::Tensor random_map(at::IntArrayRef shape) {
  return at::randn(shape, at::TensorOptions(at::kDouble)).contiguous(at::MemoryFormat::ChannelsLast);
}

// What the pass puts in place of a doubling and a convolution, by ATen's convolutions on both sides.
TEST(Phases, AreTheConvolutionOfTheDoubledMap) {
  for (const auto& [height, width] : {std::pair(5, 7), std::pair(1, 3), std::pair(1, 1)}) {
    const at::Tensor x = random_map({2, 3, height, width}), weight = random_map({4, 3, 3, 3});
    const at::Tensor doubled = at::upsample_nearest2d(x, {2 * height, 2 * width});
    const at::Tensor expected = at::conv2d(doubled, weight, {}, 1, 1);
    const at::Tensor phase_weight = run(Op::phase_weight, weight, {16, 3, 2, 2}).output;
    const at::Tensor phases = at::conv2d(x, phase_weight, {}, 1, 1).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor joined = run(Op::join_phases, phases, {2, 4, 2 * height, 2 * width}).output;
    EXPECT_LT(relative_error(joined, expected), 1e-14);
  }
}

// Of a linear operation: <dy, A x> = <A' dy, x>.
TEST(Phases, DerivativesAreTheTransposes) {
  const auto check = [](Op op, const at::Tensor& x, const Shape& output) {
    const at::Tensor dy = random_map(output);
    const KernelResults results = run(op, x, output, dy);
    ASSERT_EQ(results.gradients.at(0).sizes(), x.sizes());
    EXPECT_TRUE(results.gradients[0].is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_NEAR(results.output.mul(dy).sum().item<double>(), results.gradients[0].mul(x).sum().item<double>(), 1e-11);
  };
  check(Op::phase_weight, random_map({5, 3, 3, 3}), {20, 3, 2, 2});
  check(Op::join_phases, random_map({2, 12, 4, 6}), {2, 3, 6, 10});
}

}  // namespace
}  // namespace seg
