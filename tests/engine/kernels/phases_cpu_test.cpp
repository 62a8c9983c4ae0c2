// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::KernelResults;

void expect_the_composites_bits(const at::Tensor& phases, const at::Tensor& dy) {
  KernelCase c{.op = Op::join_phases, .inputs = {phases}, .output_shape = dy.sizes().vec()};
  const KernelResults ours = testing::run_kernels(c, dy);
  c.composite = true;
  const KernelResults composite = testing::run_kernels(c, dy);
  EXPECT_TRUE(ours.output.equal(composite.output));
  EXPECT_TRUE(ours.gradients.at(0).equal(composite.gradients.at(0)));
  EXPECT_TRUE(ours.output.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(ours.gradients[0].is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(PhasesCpu, CopyAsTheCompositeDoes) {
  for (const auto type : {at::kFloat, at::kBFloat16, at::kDouble})
    for (const auto& [height, width] : {std::pair(6, 9), std::pair(1, 1), std::pair(1, 4)}) {
      const auto map = [&](at::IntArrayRef shape) {
        return at::randn(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
      };
      expect_the_composites_bits(map({2, 20, height + 1, width + 1}), map({2, 5, 2 * height, 2 * width}));
    }
}

TEST(PhasesCpu, HandOtherLayoutsToTheComposite) {
  KernelCase c{.op = Op::join_phases, .inputs = {at::randn({2, 8, 4, 3})}, .output_shape = {2, 2, 6, 4}};
  const at::Tensor ours = testing::run_kernels(c).output;
  c.inputs[0] = c.inputs[0].contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(ours.equal(testing::run_kernels(c).output));
}

}  // namespace
}  // namespace seg
