// SPDX-License-Identifier: Apache-2.0
#include "models/point_head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "graph/cost.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "models/model.h"

namespace seg {
namespace {

std::set<std::string> parameter_names(const Graph& graph) {
  std::set<std::string> names;
  for (const Node* node : parameters(graph)) names.insert(node->name);
  return names;
}

TEST(PointHead, AddsAnOutputAndParametersOfItsOwnToEveryNetwork) {
  for (const Model* model : models()) {
    SCOPED_TRACE(model->name);
    const Graph plain = model->build({}), graph = model->build({.point_head = PointPadding::zeros});
    ASSERT_EQ(graph.outputs.size(), plain.outputs.size() + 1);
    EXPECT_EQ(graph.outputs.back().name, "points");
    EXPECT_EQ(graph.outputs.back().role, OutputRole::points);
    const auto all = shapes(graph, {.images = 2, .height = 64, .width = 128, .points = 9});
    EXPECT_EQ(all[static_cast<std::size_t>(graph.outputs.back().value)], (Shape{2, 19, 1, 9}));
    // 83 to 256, 275 to 256 twice, 275 to 19, and biases.
    EXPECT_EQ(count_parameters(graph) - count_parameters(plain), 168'060);
    const std::set<std::string> before = parameter_names(plain), after = parameter_names(graph);
    EXPECT_TRUE(std::ranges::includes(after, before));
    for (const std::string& name : after) {
      EXPECT_EQ(before.contains(name), !name.starts_with("point_head.")) << name;
      if (before.contains(name)) continue;
      const auto& options = options_of<ParameterOptions>(find_node(graph, name));
      EXPECT_EQ(options.lr_multiplier, 10) << name;
      EXPECT_EQ(options.decays, name.ends_with("weight")) << name;
    }
  }
}

TEST(PointHead, SeesFineFeaturesAtAQuarterAndTheLogitsOfTheMainHead) {
  for (const Model* model : models()) {
    const Graph graph = model->build({.point_head = PointPadding::zeros});
    const auto all = shapes(graph, {.images = 1, .height = 64, .width = 128, .points = 9});
    const auto map_of = [&](const char* name) { return find_node(graph, name).inputs[0]; };
    EXPECT_EQ(all[static_cast<std::size_t>(map_of("point_head.point_sample"))], (Shape{1, 64, 16, 32}));
    EXPECT_EQ(map_of("point_head.point_sample_2"), graph.outputs.front().value);
    EXPECT_EQ(options_of<PointSampleOptions>(find_node(graph, "point_head.point_sample")).padding, PointPadding::zeros);
  }
}

TEST(PointHead, BeginsAsTheOthersThatSeeTheLogitsAgain) {
  const Graph graph = find_model("bisenetv2").build({.point_head = PointPadding::border});
  const auto deviation = [&](const char* name) {
    const auto& weight = options_of<ParameterOptions>(find_node(graph, name));
    return deviation_of(std::get<KaimingNormalInit>(weight.init), weight.shape);
  };
  EXPECT_NEAR(deviation("point_head.predictor.weight"), 0.01, 1e-9);
  EXPECT_NEAR(deviation("point_head.fc2.weight"), 0.0883883, 1e-6);  // sqrt(2 / 256)
}

TEST(PointHead, IsNotThereInEvaluationUnlessItRefines) {
  for (const Model* model : models()) {
    const Graph plain = for_inference(model->build({}));
    const Graph graph = for_inference(model->build({.point_head = PointPadding::border}));
    EXPECT_EQ(parameter_names(graph), parameter_names(plain));
    EXPECT_EQ(graph.nodes.size(), plain.nodes.size());
  }
}

}  // namespace
}  // namespace seg
