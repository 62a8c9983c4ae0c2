// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/builder.h"
#include "graph/passes.h"
#include "models/model.h"
#include "tests/graph/pass_check.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

std::int64_t count(const Graph& graph, Op op) {
  return std::ranges::count_if(graph.nodes, [&](const Node& node) { return node.op == op; });
}

std::int64_t count_fused(const Graph& graph) {
  return std::ranges::count_if(graph.nodes, [](const Node& node) {
    return node.op == Op::batch_norm && options_of<BatchNormOptions>(node).relu;
  });
}

TEST(FuseBatchNorm, OneNodeOfTheNormsNameStandsForBoth) {
  GraphBuilder g;
  const Value norm = g.batch_norm("bn", g.input("image", {.channels = 2}));
  const Value relu = g.relu(norm);
  g.output("out", g.add(relu, g.sigmoid(relu)));
  g.output("relu", relu);
  const Graph before = g.build(), after = fuse_batch_norm(before);
  EXPECT_EQ(count(after, Op::activation), 1);  // the sigmoid
  EXPECT_EQ(find_node(after, "bn").output, norm.id);
  EXPECT_TRUE(options_of<BatchNormOptions>(find_node(after, "bn")).relu);
  EXPECT_EQ(after.outputs.at(1).value, norm.id);
  testing::expect_equal_networks(before, after, 1, 0.0);
}

TEST(FuseBatchNorm, LeavesANormThatOthersReadToo) {
  for (const bool is_output : {false, true}) {
    GraphBuilder g;
    const Value norm = g.batch_norm("bn", g.input("image", {.channels = 2}));
    g.output("out", is_output ? g.relu(norm) : g.add(g.relu(norm), norm));
    if (is_output) g.output("norm", norm);
    EXPECT_EQ(count_fused(fuse_batch_norm(g.build())), 0);
  }
}

TEST(FuseBatchNorm, LeavesASigmoidAndASecondRelu) {
  GraphBuilder g;
  const Value x = g.input("image", {.channels = 2});
  g.output("a", g.sigmoid(g.batch_norm("a", x)));
  g.output("b", g.relu(g.relu(g.batch_norm("b", x))));
  const Graph before = g.build(), after = fuse_batch_norm(before);
  EXPECT_EQ(count_fused(after), 1);
  EXPECT_EQ(count(after, Op::activation), 2);
  testing::expect_equal_networks(before, after, 2, 0.0);
  EXPECT_EQ(count(fuse_batch_norm(after), Op::activation), 2);
}

TEST(FuseBatchNorm, RandomGraphsStayWhatTheyAre) {
  std::int64_t num_fused = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph before = testing::random_graph(seed), after = fuse_batch_norm(before);
    num_fused += count_fused(after);
    if (count_fused(after) > 0) testing::expect_equal_networks(before, after, seed, 0.0);
  }
  EXPECT_GT(num_fused, 5);
}

TEST(FuseBatchNorm, OfTheNetworksEveryReluBehindANormGoes) {
  for (const char* name : {"bisenetv1", "bisenetv2"}) {
    const Graph before = find_model(name).build({}), after = fuse_batch_norm(before);
    EXPECT_EQ(count(before, Op::activation) - count(after, Op::activation), count_fused(after));
    EXPECT_GT(count_fused(after), 20) << name;
    EXPECT_EQ(parameters(after).size(), parameters(before).size());
  }
}

}  // namespace
}  // namespace seg
