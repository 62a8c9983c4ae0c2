// SPDX-License-Identifier: Apache-2.0
#include "models/distance_head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

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

TEST(DistanceHead, AddsAnOutputAndParametersOfItsOwnToEveryNetwork) {
  for (const Model* model : models()) {
    SCOPED_TRACE(model->name);
    const Graph plain = model->build({.num_classes = 4});
    const Graph graph = model->build({.num_classes = 4, .distance_head = true});
    ASSERT_EQ(graph.outputs.size(), plain.outputs.size() + 1);
    const Output& output = graph.outputs.back();
    EXPECT_EQ(output.role, OutputRole::distance);
    EXPECT_EQ(output.name, "distance");
    const auto all = shapes(graph, {.images = 2, .height = 64, .width = 128});
    EXPECT_EQ(all[static_cast<std::size_t>(output.value)], (Shape{2, 1, 8, 16}));
    EXPECT_EQ(output.upsample.factor, 8);
    const std::set<std::string> before = parameter_names(plain), after = parameter_names(graph);
    EXPECT_TRUE(std::ranges::includes(after, before));
    for (const std::string& name : after) {
      EXPECT_EQ(before.contains(name), !name.starts_with("distance_head.")) << name;
      if (before.contains(name)) continue;
      EXPECT_EQ(options_of<ParameterOptions>(find_node(graph, name)).lr_multiplier, 10) << name;
    }
    EXPECT_TRUE(after.contains("distance_head.conv_out.weight"));
  }
}

// What it learns lies between 0 and 1.
TEST(DistanceHead, BeginsWithAMapOfAboutOne) {
  for (const Model* model : models()) {
    const Graph graph = model->build({.num_classes = 4, .distance_head = true});
    const auto& weight = options_of<ParameterOptions>(find_node(graph, "distance_head.conv_out.weight"));
    EXPECT_NEAR(deviation_of(std::get<KaimingNormalInit>(weight.init), weight.shape), 1.0 / 8, 1e-9) << model->name;
  }
}

TEST(DistanceHead, IsNotThereInEvaluation) {
  for (const Model* model : models()) {
    const Graph plain = for_inference(model->build({.num_classes = 4}));
    const Graph graph = for_inference(model->build({.num_classes = 4, .distance_head = true}));
    EXPECT_EQ(parameter_names(graph), parameter_names(plain));
    EXPECT_EQ(graph.outputs.size(), 1U);
    EXPECT_EQ(graph.nodes.size(), plain.nodes.size());
  }
}

}  // namespace
}  // namespace seg
