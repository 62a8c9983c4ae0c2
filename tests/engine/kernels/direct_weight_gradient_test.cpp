// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/direct_weight_gradient.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace seg::kernels {
namespace {

at::Tensor channels_last(const at::Tensor& map) { return map.contiguous(at::MemoryFormat::ChannelsLast); }

struct Case {
  ConvolutionOptions options;
  at::Tensor x, dy, weight_like;  // the weight's values do not matter to its gradient
};

Case random_case(const ConvolutionOptions& o, std::int64_t in, std::int64_t height, std::int64_t width) {
  const at::Tensor x = channels_last(at::randn({2, in, height, width}));
  const at::Tensor weight = at::zeros({o.out_channels, in, o.kernel, o.kernel});
  const at::Tensor y =
      at::convolution(x, weight, {}, {o.stride, o.stride}, {o.padding, o.padding}, {1, 1}, false, {0, 0}, 1);
  return {o, x, channels_last(at::randn(y.sizes())), weight};
}

at::Tensor in_double(const Case& c) {
  const auto& o = c.options;
  return std::get<1>(at::convolution_backward(c.dy.to(at::kDouble), c.x.to(at::kDouble), c.weight_like.to(at::kDouble),
                                              at::OptionalIntArrayRef(), {o.stride, o.stride}, {o.padding, o.padding},
                                              {1, 1}, false, {0, 0}, 1, {false, true, false}));
}

void expect_equal_to_definition(const Case& c) {
  const at::Tensor exact = in_double(c);
  const at::Tensor ours = direct_weight_gradient(c.options, c.x, c.dy);
  ASSERT_EQ(ours.sizes(), exact.sizes());
  EXPECT_LT(((ours.to(at::kDouble) - exact).norm() / exact.norm()).item<double>(), 2e-6);
}

TEST(DirectWeightGradient, EqualsTheDefinitionForEveryKernelStrideAndPadding) {
  for (const std::int64_t kernel : {1, 2, 3, 7}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const std::int64_t padding : {0, 1, 3}) {
        SCOPED_TRACE(std::to_string(kernel) + " stride " + std::to_string(stride) + " padding " +
                     std::to_string(padding));
        expect_equal_to_definition(
            random_case({.out_channels = 16, .kernel = kernel, .stride = stride, .padding = padding}, 3, 9, 14));
      }
    }
  }
}

TEST(DirectWeightGradient, EqualsTheDefinitionForAllNumbersOfChannels) {
  for (const std::int64_t in : {1, 64, 70, 130}) {
    for (const std::int64_t out : {16, 64, 112}) {
      SCOPED_TRACE(std::to_string(in) + " to " + std::to_string(out));
      expect_equal_to_definition(random_case({.out_channels = out, .stride = 2}, in, 12, 8));
    }
  }
}

// Padding wider than the map: some taps see no pixel at all.
TEST(DirectWeightGradient, EqualsTheDefinitionWhereTapsLieOutside) {
  expect_equal_to_definition(random_case({.out_channels = 16, .kernel = 7, .stride = 2, .padding = 3}, 4, 2, 1));
}

TEST(DirectWeightGradient, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Case c = random_case({.out_channels = 80, .stride = 2}, 20, 40, 33);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor one = direct_weight_gradient(c.options, c.x, c.dy);
  for (const int several : {2, 3, 7}) {
    at::set_num_threads(several);
    EXPECT_TRUE(direct_weight_gradient(c.options, c.x, c.dy).equal(one)) << several << " threads";
  }
  at::set_num_threads(threads);
}

TEST(DirectWeightGradient, ServesOneGroupWithOutputsBySixteens) {
  EXPECT_TRUE(serves_direct_weight_gradient({.out_channels = 16, .stride = 2}));
  EXPECT_FALSE(serves_direct_weight_gradient({.out_channels = 16, .stride = 2, .groups = 4}));
  EXPECT_FALSE(serves_direct_weight_gradient({.out_channels = 16, .stride = 2, .dilation = 2}));
  EXPECT_FALSE(serves_direct_weight_gradient({.out_channels = 19, .stride = 2}));
}

}  // namespace
}  // namespace seg::kernels
