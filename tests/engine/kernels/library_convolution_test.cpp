// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/library_convolution.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <gtest/gtest.h>

#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

at::Tensor map(at::IntArrayRef shape, at::ScalarType type) {
  return at::randn(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

TEST(LibraryConvolution, IsConvolutionAndReluInFloatRoundedOnce) {
  ASSERT_TRUE(kernels::has_library_convolution(at::kFloat));
  for (const auto& [type, tolerance] : {std::pair(at::kFloat, 1e-6), std::pair(at::kBFloat16, 3e-3)}) {
    if (!kernels::has_library_convolution(type)) continue;
    for (const ConvolutionOptions& o :
         {ConvolutionOptions{.out_channels = 8, .relu = true},
          ConvolutionOptions{.out_channels = 5, .kernel = 1, .padding = 0, .relu = true},
          ConvolutionOptions{.out_channels = 6, .stride = 2, .groups = 6, .relu = true},
          ConvolutionOptions{.out_channels = 6, .padding = 2, .dilation = 2, .relu = false}}) {
      const at::Tensor x = map({2, 6, 9, 7}, type),
                       weight = map({o.out_channels, 6 / o.groups, o.kernel, o.kernel}, type);
      for (const at::Tensor& bias : {at::randn({o.out_channels}), at::Tensor()}) {
        at::Tensor expected = at::conv2d(x.to(at::kDouble), weight.to(at::kDouble),
                                         bias.defined() ? std::optional(bias.to(at::kDouble)) : std::nullopt, o.stride,
                                         o.padding, o.dilation, o.groups);
        if (o.relu) expected = at::relu(expected);
        const at::Tensor ours = kernels::library_convolution(x, weight, bias, o);
        EXPECT_EQ(ours.scalar_type(), type);
        EXPECT_TRUE(ours.is_contiguous(at::MemoryFormat::ChannelsLast));
        EXPECT_LT(testing::relative_error(ours, expected), tolerance);
      }
    }
  }
}

}  // namespace
}  // namespace seg
