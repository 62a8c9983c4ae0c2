// SPDX-License-Identifier: Apache-2.0
#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "engine/kernels/depthwise.h"
#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::KernelResults;

KernelCase random_case(const ConvolutionOptions& o, std::int64_t channels) {
  KernelCase c{.op = Op::convolution, .options = o, .inputs = {}};
  c.inputs = {
      at::randn({2, channels, 9, 11}).contiguous(at::MemoryFormat::ChannelsLast),
      at::randn({o.out_channels, channels / o.groups, o.kernel, o.kernel}).contiguous(at::MemoryFormat::ChannelsLast),
      at::Tensor()};
  return c;
}

at::Tensor gradient_of(const KernelCase& c) {
  return at::randn(testing::run_kernels(c).output.sizes()).contiguous(at::MemoryFormat::ChannelsLast);
}

TEST(ConvolutionCpu, DepthwiseLayersThatMultiplyChannelsAreOurOwn) {
  const KernelCase c = random_case({.out_channels = 24, .stride = 2, .groups = 4}, 4);
  const at::Tensor dy = gradient_of(c);
  const KernelResults ours = testing::run_kernels(c, dy);
  EXPECT_TRUE(ours.output.equal(kernels::depthwise(c.inputs[0], c.inputs[1], 2)));
  EXPECT_TRUE(ours.gradients.at(1).equal(kernels::depthwise_weight_gradient(dy, c.inputs[0], c.inputs[1], 2)));
  KernelCase composite = c;
  composite.composite = true;
  const KernelResults expected = testing::run_kernels(composite, dy);
  EXPECT_LT(testing::relative_error(ours.output, expected.output), 1e-6);
  for (const std::size_t i : {0U, 1U})
    EXPECT_LT(testing::relative_error(ours.gradients.at(i), expected.gradients.at(i)), 2e-6);
}

TEST(ConvolutionCpu, HandsOtherConvolutionsToTheComposite) {
  for (const ConvolutionOptions& options :
       {ConvolutionOptions{.out_channels = 8}, ConvolutionOptions{.out_channels = 8, .groups = 2},
        ConvolutionOptions{.out_channels = 4, .groups = 4}}) {
    KernelCase c = random_case(options, 4);
    const at::Tensor dy = gradient_of(c);
    const KernelResults ours = testing::run_kernels(c, dy);
    c.composite = true;
    const KernelResults expected = testing::run_kernels(c, dy);
    EXPECT_TRUE(ours.output.equal(expected.output));
    for (const std::size_t i : {0U, 1U}) EXPECT_TRUE(ours.gradients.at(i).equal(expected.gradients.at(i)));
  }
}

}  // namespace
}  // namespace seg
