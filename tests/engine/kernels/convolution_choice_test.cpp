// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/convolution_choice.h"

#include <gtest/gtest.h>

#include "engine/kernels/library_convolution.h"

namespace seg::kernels {
namespace {

using enum ConvolutionKernel;

struct Choice {
  ConvolutionKernels kernels;
  friend bool operator==(const Choice& a, const Choice& b) {
    return a.kernels.forward == b.kernels.forward && a.kernels.input_gradient == b.kernels.input_gradient &&
           a.kernels.weight_gradient == b.kernels.weight_gradient;
  }
};

constexpr Choice kComposite{};
constexpr Choice kDepthwise{{depthwise, depthwise, depthwise}}, kWinograd{{winograd, winograd, winograd}};
constexpr Choice kDirect{{composite, composite, direct}};

Choice in_training(const ConvolutionOptions& o, const Shape& x, at::ScalarType type = at::kFloat) {
  return {choose_convolution(o, x, type, true)};
}

TEST(ConvolutionChoice, ChannelsThatAreMultipliedAreOurOwnOthersAreNot) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    EXPECT_EQ(in_training({.out_channels = 96, .groups = 16}, {2, 16, 8, 8}, type), kDepthwise);
    EXPECT_EQ(in_training({.out_channels = 16, .groups = 16}, {2, 16, 8, 8}, type), kComposite);
    EXPECT_EQ(in_training({.out_channels = 96, .groups = 8}, {2, 16, 8, 8}, type), kComposite);
  }
}

TEST(ConvolutionChoice, WhatIsMarkedGoesByWinogradIfTheMapIsLargeEnough) {
  const ConvolutionOptions marked{.out_channels = 32, .winograd = true};
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    EXPECT_EQ(in_training(marked, {2, 16, 32, 32}, type), kWinograd);
    EXPECT_EQ(in_training(marked, {2, 16, 16, 16}, type), kComposite);
  }
  EXPECT_EQ(in_training({.out_channels = 32}, {2, 16, 32, 32}), kComposite);
  EXPECT_EQ(in_training({.out_channels = 19, .winograd = true}, {2, 16, 32, 32}), kComposite);
  EXPECT_EQ(in_training(marked, {2, 3, 32, 32}), kComposite);
}

TEST(ConvolutionChoice, OfStride2OurOwnMakesTheGradientOfTheWeightIfMapsAreWideAndFloat) {
  const ConvolutionOptions of_3x3{.out_channels = 32, .stride = 2};
  EXPECT_EQ(in_training(of_3x3, {2, 3, 8, 63}), kDirect);
  EXPECT_EQ(in_training(of_3x3, {2, 3, 8, 62}), kComposite);
  EXPECT_EQ(in_training(of_3x3, {2, 3, 8, 64}, at::kBFloat16), kComposite);
  EXPECT_EQ(in_training({.out_channels = 64, .kernel = 7, .stride = 2, .padding = 3}, {2, 3, 64, 64}), kDirect);
  EXPECT_EQ(in_training({.out_channels = 64, .kernel = 1, .stride = 2, .padding = 0}, {2, 16, 64, 64}), kComposite);
  EXPECT_EQ(in_training({.out_channels = 19, .stride = 2}, {2, 16, 64, 64}), kComposite);
}

TEST(ConvolutionChoice, WhereOnlyTheResultCountsTheLibraryTakesTheRest) {
  const auto in_evaluation = [](const ConvolutionOptions& o) {
    return choose_convolution(o, {2, 16, 32, 32}, at::kFloat, false).forward;
  };
  EXPECT_EQ(in_evaluation({.out_channels = 5, .kernel = 1, .padding = 0, .bias = true}), library);
  EXPECT_EQ(in_evaluation({.out_channels = 32, .bias = true, .winograd = true, .relu = true}), winograd);
  EXPECT_EQ(in_evaluation({.out_channels = 96, .groups = 16, .bias = true}), depthwise);
  EXPECT_EQ(choose_convolution({.out_channels = 5}, {2, 16, 32, 32}, at::kBFloat16, false).forward,
            has_library_convolution(at::kBFloat16) ? library : composite);
}

TEST(ConvolutionChoice, OtherNumbersAreTheComposites) {
  for (const ConvolutionOptions& o :
       {ConvolutionOptions{.out_channels = 32, .winograd = true}, ConvolutionOptions{.out_channels = 96, .groups = 16},
        ConvolutionOptions{.out_channels = 32, .stride = 2}}) {
    EXPECT_EQ(in_training(o, {2, 16, 64, 64}, at::kDouble), kComposite);
    EXPECT_EQ((Choice{choose_convolution(o, {2, 16, 64, 64}, at::kDouble, false)}), kComposite);
  }
}

}  // namespace
}  // namespace seg::kernels
