// SPDX-License-Identifier: Apache-2.0
// What is declared here is proven in plan_test.cpp, whose kernels see nothing else, and by the engine's own tests.
#include "graph/derivative.h"

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "models/model.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

Derivative of(Op op, Options options = {}) { return derivative_of({.op = op, .name = "x", .options = options}); }

TEST(Derivative, AConvolutionReadsItsInputAndItsWeight) {
  const Derivative d = of(Op::convolution, ConvolutionOptions{});
  EXPECT_EQ(d.reads_inputs, 0b011u);
  EXPECT_EQ(d.differentiable, 0b111u);
  EXPECT_TRUE(d.saved.empty());
}

TEST(Derivative, AnActivationReadsItsOutputAndNothingElse) {
  const Derivative d = of(Op::activation, ActivationOptions{});
  EXPECT_EQ(d.reads_inputs, 0u);
  EXPECT_TRUE(d.reads_output);
  EXPECT_TRUE(d.forward_in_place && d.backward_in_place);
}

TEST(Derivative, ABatchNormSavesItsStatisticsOrReadsTheRunningOnes) {
  EXPECT_EQ(of(Op::batch_norm, BatchNormOptions{}).saved.size(), 2u);
  const Derivative frozen = of(Op::batch_norm, BatchNormOptions{.inference = true});
  EXPECT_TRUE(frozen.saved.empty());
  EXPECT_EQ(frozen.reads_inputs, 0b11011u);
}

TEST(Derivative, ABatchNormWithAReluReadsItsShiftInsteadOfItsOutput) {
  const Derivative d = of(Op::batch_norm, BatchNormOptions{.relu = true});
  EXPECT_EQ(d.reads_inputs, 0b00111u);
  EXPECT_FALSE(d.reads_output);
  EXPECT_TRUE(d.backward_in_place);
  EXPECT_FALSE(of(Op::batch_norm, BatchNormOptions{}).backward_in_place);
  EXPECT_EQ(of(Op::batch_norm, BatchNormOptions{.inference = true, .relu = true}).reads_inputs, 0b11111u);
}

TEST(Derivative, ASumPassesItsGradientOnExceptToAnOperandOfOnePixel) {
  EXPECT_EQ(of(Op::add, ElementwiseOptions{}).identity, 0b11u);
  EXPECT_EQ(of(Op::add, ElementwiseOptions{.second_is_1x1 = true}).identity, 0b01u);
}

TEST(Derivative, OnlyALossMakesItsOwnGradient) {
  EXPECT_TRUE(of(Op::loss, LossOptions{}).makes_gradient);
  EXPECT_FALSE(of(Op::softmax).makes_gradient);
}

TEST(Derivative, OfAValueToBeLikeOnlyTheShapeIsRead) {
  EXPECT_EQ(shape_only_inputs({.op = Op::upsample, .name = "x", .options = UpsampleOptions{.factor = 0}}), 0b10u);
  EXPECT_EQ(shape_only_inputs({.op = Op::upsample, .name = "x", .options = UpsampleOptions{.factor = 2}}), 0u);
}

// In place means the same storage: input and output must be of one size and one type.
TEST(Derivative, InPlaceIsDeclaredOnlyWhereInputAndOutputAreAlike) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Graph graph = testing::random_graph(seed);
    const std::vector<Shape> all = shapes(graph, testing::kRandomGraphInput);
    const std::vector<NumberType> types = number_types(graph);
    for (const Node& node : graph.nodes) {
      const Derivative d = derivative_of(node);
      if (!d.forward_in_place && !d.backward_in_place) continue;
      const auto in = static_cast<std::size_t>(node.inputs[0]), out = static_cast<std::size_t>(node.output);
      EXPECT_EQ(all[in], all[out]) << node.name;
      EXPECT_EQ(types[in], types[out]) << node.name;
    }
  }
}

}  // namespace
}  // namespace seg
