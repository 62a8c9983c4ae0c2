// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "graph/builder.h"
#include "graph/passes.h"
#include "graph/plan.h"
#include "models/model.h"
#include "tests/graph/interpreter.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

std::int64_t count(const Graph& graph, Op op) {
  return std::ranges::count_if(graph.nodes, [&](const Node& node) { return node.op == op; });
}

std::vector<testing::Array> outputs_of(const Graph& graph, std::uint64_t seed) {
  const Plan plan = forward_plan(graph);
  testing::Interpreter interpreter(graph, plan, testing::kRandomGraphInput);
  return interpreter.forward(testing::random_leaves(graph, seed));
}

void expect_equal_outputs(const Graph& before, const Graph& after, std::uint64_t seed) {
  ASSERT_NO_THROW(validate(after));
  const std::vector<testing::Array> expected = outputs_of(before, seed), ours = outputs_of(after, seed);
  ASSERT_EQ(ours.size(), expected.size());
  for (std::size_t k = 0; k < ours.size(); ++k) {
    ASSERT_EQ(ours[k].shape, expected[k].shape);
    for (std::size_t i = 0; i < ours[k].data.size(); ++i)
      ASSERT_NEAR(ours[k].data[i], expected[k].data[i], 1e-9 * (1.0 + std::abs(expected[k].data[i])));
  }
}

Graph one_layer(bool has_bias, bool has_relu) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3, .bias = has_bias});
  const Value norm = g.batch_norm("bn", x, {.inference = true});
  g.output("out", has_relu ? g.relu(norm) : norm);
  return g.build();
}

TEST(FoldBatchNorm, TheConvolutionDoesTheWorkOfBothUnderItsName) {
  for (const bool has_bias : {false, true}) {
    for (const bool has_relu : {false, true}) {
      const Graph before = one_layer(has_bias, has_relu), after = with_folded_batch_norm(fuse_batch_norm(before));
      EXPECT_EQ(count(after, Op::batch_norm) + count(after, Op::activation), 0);
      const Node& convolution = find_node(after, "conv");
      EXPECT_EQ(convolution.output, find_node(before, "conv").output);
      EXPECT_TRUE(options_of<ConvolutionOptions>(convolution).bias);
      EXPECT_EQ(options_of<ConvolutionOptions>(convolution).relu, has_relu);
      EXPECT_EQ(parameters(after).size(), parameters(before).size());
      expect_equal_outputs(before, after, 3);
    }
  }
}

TEST(FoldBatchNorm, ByStatisticsOfTheBatchNothingIsFolded) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3});
  g.output("out", g.batch_norm("bn", x));
  const Graph graph = g.build();
  EXPECT_EQ(count(with_folded_batch_norm(graph), Op::batch_norm), 1);
  EXPECT_EQ(count(with_folded_batch_norm(for_inference(graph)), Op::batch_norm), 0);
}

TEST(FoldBatchNorm, AConvolutionThatOthersReadStays) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3});
  g.output("out", g.add(g.batch_norm("bn", x, {.inference = true}), x));
  EXPECT_EQ(count(with_folded_batch_norm(g.build()), Op::batch_norm), 1);
}

TEST(FoldBatchNorm, OneNormOfTwoIsTakenOver) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3});
  const Value first = g.relu(g.batch_norm("a", x, {.inference = true}));
  g.output("out", g.batch_norm("b", first, {.inference = true}));
  const Graph before = g.build(), after = with_folded_batch_norm(fuse_batch_norm(before));
  EXPECT_EQ(count(after, Op::batch_norm), 1);
  expect_equal_outputs(before, after, 5);
  // Nothing behind an activation that is inside can be folded a second time.
  EXPECT_EQ(count(with_folded_batch_norm(after), Op::batch_norm), 1);
}

TEST(FoldBatchNorm, RandomGraphsGiveWhatTheyGave) {
  std::int64_t num_folded = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph before = testing::random_graph(seed), after = with_folded_batch_norm(fuse_batch_norm(before));
    if (count(after, Op::folded_weight) == 0) continue;
    num_folded += count(after, Op::folded_weight);
    expect_equal_outputs(before, after, seed);
  }
  EXPECT_GT(num_folded, 3);
}

TEST(FoldBatchNorm, HasNoDerivative) {
  const Graph folded = with_folded_batch_norm(fuse_batch_norm(one_layer(false, true)));
  EXPECT_THROW(differentiate(folded), std::logic_error);
}

TEST(FoldBatchNorm, OfTheNetworksOnlyNormsBehindOtherThingsStay) {
  for (const auto& [name, num_left] : {std::pair("bisenetv1", 0), std::pair("bisenetv2", 1)}) {
    const Graph before = for_inference(find_model(name).build({}));
    const Graph after = with_folded_batch_norm(fuse_batch_norm(before));
    EXPECT_EQ(count(after, Op::batch_norm), num_left) << name;
  }
}

// One copy of each weight in the compute type; biases stay as they are, which the kernels take.
TEST(FoldBatchNorm, WeightsAreCastAndBiasesAreNot) {
  const Graph graph = with_compute_casts(with_folded_batch_norm(fuse_batch_norm(one_layer(false, true))));
  const std::vector<NumberType> types = number_types(graph);
  const Node& convolution = find_node(graph, "conv");
  EXPECT_EQ(types[static_cast<std::size_t>(convolution.inputs[1])], NumberType::compute);
  EXPECT_EQ(types[static_cast<std::size_t>(convolution.inputs[2])], NumberType::full);
  EXPECT_EQ(types[static_cast<std::size_t>(convolution.output)], NumberType::compute);
}

}  // namespace
}  // namespace seg
