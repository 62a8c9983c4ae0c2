// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "engine/kernels/depthwise.h"
#include "engine/kernels/direct_weight_gradient.h"
#include "engine/kernels/library_convolution.h"
#include "engine/kernels/winograd.h"
#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::KernelResults;

KernelCase random_case(const ConvolutionOptions& o, std::int64_t channels, std::int64_t height = 9,
                       std::int64_t width = 11) {
  KernelCase c{.op = Op::convolution, .options = o, .inputs = {}};
  c.inputs = {
      at::randn({2, channels, height, width}).contiguous(at::MemoryFormat::ChannelsLast),
      at::randn({o.out_channels, channels / o.groups, o.kernel, o.kernel}).contiguous(at::MemoryFormat::ChannelsLast),
      o.bias ? at::randn({o.out_channels}) : at::Tensor()};
  return c;
}

at::Tensor gradient_of(const KernelCase& c) {
  const at::Tensor output = testing::run_kernels(c).output;
  return at::randn(output.sizes(), output.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
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

TEST(ConvolutionCpu, MarkedConvolutionsOfLargeMapsGoByWinograd) {
  const KernelCase c = random_case({.out_channels = 32, .winograd = true}, 16, 32, 30);
  const at::Tensor dy = gradient_of(c);
  const KernelResults ours = testing::run_kernels(c, dy);
  EXPECT_TRUE(ours.output.equal(kernels::winograd::convolution(c.inputs[0], c.inputs[1])));
  EXPECT_TRUE(ours.gradients.at(0).equal(kernels::winograd::input_gradient(dy, c.inputs[1])));
  EXPECT_TRUE(ours.gradients.at(1).equal(kernels::winograd::weight_gradient(c.inputs[0], dy)));
}

TEST(ConvolutionCpu, WeightsOfStride2OnLargeMapsHaveOurOwnGradient) {
  const KernelCase c = random_case({.out_channels = 32, .stride = 2}, 16, 32, 70);
  const at::Tensor dy = gradient_of(c);
  const KernelResults ours = testing::run_kernels(c, dy);
  const auto& o = std::get<ConvolutionOptions>(c.options);
  EXPECT_TRUE(ours.gradients.at(1).equal(kernels::direct_weight_gradient(o, c.inputs[0], dy)));
  KernelCase composite = c;
  composite.composite = true;
  const KernelResults expected = testing::run_kernels(composite, dy);
  EXPECT_TRUE(ours.gradients.at(0).equal(expected.gradients.at(0)));
  EXPECT_LT(testing::relative_error(ours.gradients.at(1), expected.gradients.at(1)), 2e-6);
}

// The composite's bits show that it was the composite.
TEST(ConvolutionCpu, WhatWinogradDoesNotServeOrPayForIsTheComposites) {
  const auto expect_composite = [](const char* what, KernelCase c) {
    const at::Tensor dy = gradient_of(c);
    const KernelResults ours = testing::run_kernels(c, dy);
    c.composite = true;
    const KernelResults expected = testing::run_kernels(c, dy);
    EXPECT_TRUE(ours.output.equal(expected.output)) << what;
    for (const std::size_t i : {0U, 1U}) EXPECT_TRUE(ours.gradients.at(i).equal(expected.gradients.at(i))) << what;
  };
  const ConvolutionOptions marked{.out_channels = 32, .winograd = true};
  expect_composite("not marked", random_case({.out_channels = 32}, 16, 32, 32));
  expect_composite("few tiles", random_case(marked, 16, 16, 16));
  KernelCase precise = random_case(marked, 16, 32, 32);
  for (at::Tensor& input : precise.inputs) input = input.defined() ? input.to(at::kDouble) : input;
  precise.context.full = at::kDouble;
  expect_composite("double", precise);
  KernelCase plain = random_case(marked, 16, 32, 32);
  plain.inputs[0] = plain.inputs[0].contiguous();
  const at::Tensor ours = testing::run_kernels(plain).output;
  plain.composite = true;
  EXPECT_TRUE(ours.equal(testing::run_kernels(plain).output)) << "another layout";
}

// What folding makes: whichever kernel serves it, bias and activation are the composite's.
TEST(ConvolutionCpu, BiasAndReluAreInsideOfEveryKernel) {
  const auto expect_near_composite = [](const char* what, KernelCase c, double tolerance) {
    c.context.training = false;
    const at::Tensor ours = testing::run_kernels(c).output;
    c.composite = true;
    EXPECT_LT(testing::relative_error(ours, testing::run_kernels(c).output), tolerance) << what;
    EXPECT_TRUE(ours.is_contiguous(at::MemoryFormat::ChannelsLast)) << what;
  };
  for (const bool relu : {false, true}) {
    const ConvolutionOptions plain{.out_channels = 32, .bias = true, .relu = relu};
    ConvolutionOptions marked = plain, wide = plain;
    marked.winograd = true;
    wide.groups = 16;
    for (const auto& [what, options] : {std::pair("library", plain), std::pair("depthwise", wide)}) {
      KernelCase c = random_case(options, 16);
      expect_near_composite(what, c, 1e-6);
      for (const std::size_t i : {0U, 1U}) c.inputs[i] = c.inputs[i].to(at::kBFloat16);
      expect_near_composite(what, c, 5e-3);  // whose bias is rounded to bf16
    }
    expect_near_composite("winograd", random_case(marked, 16, 32, 30), 1e-5);
  }
}

// A bias in training: no model has one beside these kernels, and it gets its gradient all the same.
TEST(ConvolutionCpu, WhatOurKernelsLeaveTheCompositeMakes) {
  ConvolutionOptions marked{.out_channels = 32, .bias = true, .winograd = true}, wide = marked, direct = marked;
  wide.groups = 16;
  direct.winograd = false;
  direct.stride = 2;
  for (const ConvolutionOptions& options : {marked, wide, direct}) {
    KernelCase c = random_case(options, 16, 32, 70);
    const at::Tensor dy = gradient_of(c);
    const KernelResults ours = testing::run_kernels(c, dy);
    c.composite = true;
    const KernelResults expected = testing::run_kernels(c, dy);
    for (const std::size_t i : {0U, 1U, 2U})
      EXPECT_LT(testing::relative_error(ours.gradients.at(i), expected.gradients.at(i)), 2e-5) << i;
  }
}

TEST(ConvolutionCpu, OfAnInferenceTheLibraryServesWhatIsNotOurOwn) {
  KernelCase c = random_case({.out_channels = 5, .kernel = 1, .padding = 0, .bias = true}, 64);
  c.context.training = false;
  EXPECT_TRUE(testing::run_kernels(c).output.equal(
      kernels::library_convolution(c.inputs[0], c.inputs[1], c.inputs[2], std::get<ConvolutionOptions>(c.options))));
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
