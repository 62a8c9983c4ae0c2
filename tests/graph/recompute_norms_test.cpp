// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "graph/memory_plan.h"
#include "graph/passes.h"
#include "graph/plan.h"
#include "models/model.h"
#include "tests/graph/interpreter.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

using testing::Array;
using testing::Arrays;
using testing::Interpreter;
using testing::kRandomGraphInput;

// All of them, however small.
Graph with_all_recomputed(Graph graph) {
  for (Node& node : graph.nodes)
    if (node.op == Op::batch_norm) std::get<BatchNormOptions>(node.options).recompute = true;
  return graph;
}

std::vector<Step> all_steps(const Plan& plan) {
  std::vector<Step> steps = plan.forward;
  steps.insert(steps.end(), plan.backward.begin(), plan.backward.end());
  return steps;
}

std::int64_t num_recomputed(const Plan& plan) {
  const std::vector<Step> steps = all_steps(plan);
  return std::ranges::count(steps, StepKind::recompute, &Step::kind);
}

struct Results {
  Arrays gradients;
  std::map<std::string, int> updates;
};

Results results_of(const Graph& graph, const Plan& plan, const Arrays& leaves) {
  Interpreter interpreter(graph, plan, kRandomGraphInput);
  std::vector<Array> direction;
  for (const Array& output : interpreter.forward(leaves)) direction.push_back(testing::random_array(output.shape, 3));
  interpreter.backward(direction);
  return {interpreter.gradients(), interpreter.statistics_updates()};
}

TEST(RecomputeNorms, ChangesNoBitOfTheGradientsAndNoStatistics) {
  std::int64_t recomputed = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const bool has_losses = seed % 2 == 1;
    Graph graph = fuse_batch_norm(testing::random_graph(seed, {.num_operations = 80, .for_losses = has_losses}));
    if (has_losses) graph = with_losses(graph, {.kind = LossKind::cross_entropy});
    const Graph again = with_all_recomputed(graph);
    const Arrays leaves = testing::random_leaves(graph, seed);
    for (const Schedule schedule : {Schedule::two_passes, Schedule::earliest}) {
      const Plan plan = differentiate(again, schedule);
      recomputed += num_recomputed(plan);
      const Results expected = results_of(graph, differentiate(graph, schedule), leaves);
      const Results results = results_of(again, plan, leaves);
      EXPECT_EQ(results.updates, expected.updates);
      ASSERT_EQ(results.gradients.size(), expected.gradients.size());
      for (const auto& [name, gradient] : expected.gradients)
        ASSERT_EQ(results.gradients.at(name).data, gradient.data) << name;
    }
  }
  EXPECT_GT(recomputed, 10);
}

TEST(RecomputeNorms, OutputsAreMadeOnceMoreForDerivativesFarFromThemAlone) {
  const Graph graph = with_all_recomputed(fuse_batch_norm(with_losses(find_model("bisenetv2").build({}), {})));
  const Plan plan = differentiate(graph);
  std::set<std::int32_t> nodes;
  for (const Step& step : all_steps(plan)) {
    if (step.kind != StepKind::recompute) continue;
    EXPECT_TRUE(nodes.insert(step.node).second) << graph.nodes[static_cast<std::size_t>(step.node)].name;
  }
  const auto of = [&](const char* name) {
    return nodes.contains(static_cast<std::int32_t>(&find_node(graph, name) - graph.nodes.data()));
  };
  EXPECT_TRUE(of("detail.S1.0.bn"));
  EXPECT_FALSE(of("aux2.conv.bn")) << "its branch is differentiated as soon as its loss is there";
}

TEST(RecomputeNorms, OfTheNetworksTheLargestMapsAreMadeAgain) {
  for (const char* const model : {"bisenetv1", "bisenetv2"}) {
    SCOPED_TRACE(model);
    const Graph graph = fuse_batch_norm(with_losses(find_model(model).build({}), {}));
    const Graph after = with_recomputed_norms(graph);
    const InputSize size{.images = 4, .height = 256, .width = 512};
    const auto peak = [&](const Graph& g) { return plan_memory(g, differentiate(g), size, {}).peak_bytes; };
    EXPECT_LT(static_cast<double>(peak(after)), 0.95 * static_cast<double>(peak(graph)));
    EXPECT_GE(num_recomputed(differentiate(after)), 1);
    EXPECT_LE(num_recomputed(differentiate(after)), 6);
    EXPECT_EQ(num_recomputed(differentiate(for_inference(find_model(model).build({})))), 0);
  }
}

}  // namespace
}  // namespace seg
