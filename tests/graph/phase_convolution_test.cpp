// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/builder.h"
#include "graph/cost.h"
#include "graph/passes.h"
#include "models/model.h"
#include "tests/graph/pass_check.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

std::int64_t count(const Graph& graph, Op op) {
  return std::ranges::count_if(graph.nodes, [&](const Node& node) { return node.op == op; });
}

TEST(PhaseConvolution, GivesTheSameMapAndGradientsAtEveryEdge) {
  for (const std::int64_t stride : {1, 2, 8}) {  // maps of 8x8, 4x4 and 1x1
    GraphBuilder g;
    Value x = g.input("image", {.channels = 2});
    x = g.convolution("first", x, {.out_channels = 3, .kernel = stride, .stride = stride, .padding = 0});
    x = g.convolution("conv", g.upsample(x, {.factor = 2}), {.out_channels = 2});
    g.output("out", g.relu(x));
    const Graph before = g.build(), after = with_phase_convolutions(before);
    EXPECT_EQ(count(after, Op::upsample), 0);
    EXPECT_EQ(find_node(after, "conv").op, Op::join_phases);
    testing::expect_equal_networks(before, after, static_cast<std::uint64_t>(stride), 1e-12);
  }
}

TEST(PhaseConvolution, TheEnlargedMapStaysForOthersThatReadIt) {
  GraphBuilder g;
  const Value x = g.upsample(g.input("image", {.channels = 2}), {.factor = 2});
  g.output("out", g.convolution("conv", x, {.out_channels = 2}));
  g.output("other", g.relu(x));
  const Graph before = g.build(), after = with_phase_convolutions(before);
  EXPECT_EQ(count(after, Op::upsample), 1);
  EXPECT_EQ(count(after, Op::join_phases), 1);
  testing::expect_equal_networks(before, after, 3, 1e-12);
}

TEST(PhaseConvolution, LeavesWhatItIsNotFor) {
  const auto count_phases = [](const UpsampleOptions& upsample, const ConvolutionOptions& convolution) {
    GraphBuilder g;
    const Value x = g.upsample(g.input("image", {.channels = 2}), upsample);
    g.output("out", g.convolution("conv", x, convolution));
    return count(with_phase_convolutions(g.build()), Op::join_phases);
  };
  EXPECT_EQ(count_phases({}, {.out_channels = 2}), 1);
  EXPECT_EQ(count_phases({.factor = 4}, {.out_channels = 2}), 0);
  EXPECT_EQ(count_phases({.mode = Interpolation::bilinear}, {.out_channels = 2}), 0);
  EXPECT_EQ(count_phases({}, {.out_channels = 2, .kernel = 1, .padding = 0}), 0);
  EXPECT_EQ(count_phases({}, {.out_channels = 2, .stride = 2}), 0);
  EXPECT_EQ(count_phases({}, {.out_channels = 2, .padding = 0}), 0);
  EXPECT_EQ(count_phases({}, {.out_channels = 2, .padding = 2, .dilation = 2}), 0);
  EXPECT_EQ(count_phases({}, {.out_channels = 2, .groups = 2}), 0);
  EXPECT_EQ(count_phases({}, {.out_channels = 2, .bias = true}), 0);
}

TEST(PhaseConvolution, OfTheSecondNetworksHeadsFourNinthsOfTheProductsAreLeft) {
  const Graph before = find_model("bisenetv2").build({}), after = with_phase_convolutions(before);
  EXPECT_EQ(count(after, Op::join_phases), 4);
  const InputSize size{.images = 1, .height = 256, .width = 512};
  const std::vector<Cost> old_costs = costs(before, size), new_costs = costs(after, size);
  std::int64_t old_macs = 0, new_macs = 0;
  for (std::size_t i = 0; i < after.nodes.size(); ++i) {
    const std::string& name = after.nodes[i].name;
    if (!name.ends_with(".phases")) continue;
    new_macs += new_costs[i].macs;
    const std::string convolution = name.substr(0, name.size() - 7);
    for (std::size_t k = 0; k < before.nodes.size(); ++k) {
      if (before.nodes[k].name == convolution) old_macs += old_costs[k].macs;
    }
  }
  // A phase has a row and a column that nobody uses: little of a large map, more of a small one.
  EXPECT_NEAR(static_cast<double>(new_macs) / static_cast<double>(old_macs), 4.0 / 9.0, 0.05);
  EXPECT_EQ(count_parameters(after), count_parameters(before));
}

TEST(PhaseConvolution, TheDerivedWeightIsCastNotTheParameter) {
  GraphBuilder g;
  const Value x = g.upsample(g.input("image", {.channels = 2}), {.factor = 2});
  g.output("out", g.convolution("conv", x, {.out_channels = 2}));
  const Graph cast = with_compute_casts(with_phase_convolutions(g.build()));
  validate(cast);
  const std::vector<NumberType> types = number_types(cast);
  const Node& convolution = find_node(cast, "conv.phases");
  for (const std::size_t operand : {0U, 1U})
    EXPECT_EQ(types.at(static_cast<std::size_t>(convolution.inputs[operand])), NumberType::compute);
  EXPECT_EQ(types.at(static_cast<std::size_t>(find_node(cast, "conv.phase_weight").output)), NumberType::full);
}

}  // namespace
}  // namespace seg
