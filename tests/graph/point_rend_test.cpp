// SPDX-License-Identifier: Apache-2.0
#include "graph/point_rend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "graph/builder.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/plan.h"
#include "graph/shapes.h"
#include "models/model.h"

namespace seg {
namespace {

constexpr InputSize kSize{.images = 2, .height = 64, .width = 128, .points = 7};

Graph network_of(const Model& model) {
  return model.build({.num_classes = 4, .distance_head = true, .point_head = PointPadding::border});
}

Shape shape_of(const Graph& graph, const std::string& name) {
  return shapes(graph, kSize)[static_cast<std::size_t>(find_node(graph, name).output)];
}

bool has(const Graph& graph, const std::string& name) {
  return std::ranges::count(graph.nodes, name, &Node::name) != 0;
}

TEST(PointRendGraph, AStepChoosesItsPointsOrTakesThoseOfTheBatchOrBoth) {
  const ChoosePointsOptions choice{.candidates = 30, .uncertain = 6, .uniform = 4};
  for (const Model* model : models()) {
    SCOPED_TRACE(model->name);
    const Graph network = network_of(*model), plain = with_losses(network, {});
    const Graph chosen = with_point_loss(plain, network, {.chosen = choice});
    const Graph given = with_point_loss(plain, network, {.has_given = true});
    const Graph both = with_point_loss(plain, network, {.chosen = choice, .has_given = true});
    for (const Graph& graph : {chosen, given, both}) {
      validate(graph);
      EXPECT_EQ(graph.outputs.size(), plain.outputs.size() + 1);
      EXPECT_EQ(graph.outputs.back().name, "points");
      EXPECT_EQ(graph.outputs.back().role, OutputRole::loss);
      EXPECT_FALSE(has(graph, "distances"));
      (void)differentiate(graph);
    }
    EXPECT_FALSE(has(chosen, "points"));
    EXPECT_FALSE(has(given, "point_head.points"));
    EXPECT_EQ(shape_of(chosen, "point_head.labels"), (Shape{2, 1, 10}));
    EXPECT_EQ(shape_of(given, "point_head.labels"), (Shape{2, 1, 7}));
    EXPECT_EQ(shape_of(both, "point_head.labels"), (Shape{2, 1, 17}));
    EXPECT_EQ(shape_of(both, "point_head.fc1"), (Shape{2, 256, 1, 17}));
  }
}

// Its gradient is there when that of the main head begins: no other head lies between.
TEST(PointRendGraph, TheHeadComesBeforeTheLossOfTheMainOutput) {
  for (const Model* model : models()) {
    const Graph network = network_of(*model);
    const Graph graph = with_point_loss(with_losses(network, {}), network, {.has_given = true});
    const auto place = [&](const std::string& name) { return &find_node(graph, name) - graph.nodes.data(); };
    EXPECT_EQ(place("logits.loss"), place("points.loss") + 1);
  }
}

TEST(PointRendGraph, PointsAreChosenByLogitsOfFullPrecision) {
  const Graph network = network_of(find_model("bisenetv2"));
  const Graph graph =
      with_compute_casts(with_point_loss(with_losses(network, {}), network, {.chosen = ChoosePointsOptions{}}));
  const std::vector<NumberType> types = number_types(graph);
  const auto type_of = [&](ValueId value) { return types[static_cast<std::size_t>(value)]; };
  const Node& choice = find_node(graph, "point_head.points");
  EXPECT_EQ(type_of(choice.inputs[0]), NumberType::full);
  EXPECT_EQ(type_of(choice.output), NumberType::full);
  EXPECT_EQ(type_of(find_node(graph, "points.loss").inputs[0]), NumberType::full);
}

TEST(PointRendGraph, BoundaryWeightsAreOfPixelsAlone) {
  const Graph network = network_of(find_model("bisenetv1"));
  const Graph graph =
      with_boundary_weights(with_point_loss(with_losses(network, {}), network, {.has_given = true}), {.weight = 2});
  EXPECT_EQ(find_node(graph, "points.loss").inputs.size(), 2U);
  EXPECT_EQ(find_node(graph, "logits.loss").inputs.size(), 3U);
}

TEST(PointRendGraph, ARefinementDoublesTheMapAndReadsTheSameParameters) {
  for (const Model* model : models()) {
    SCOPED_TRACE(model->name);
    const Graph network = network_of(*model);
    std::set<std::string> known;
    for (const Node* parameter : parameters(network)) known.insert(parameter->name);
    for (const std::int64_t steps : {0, 1, 2, 3}) {
      const Graph graph = for_inference(with_refinement(network, {.steps = steps}));
      validate(graph);
      ASSERT_EQ(graph.outputs.size(), 1U);
      const Output& output = graph.outputs.front();
      EXPECT_EQ(output.upsample.factor, 8 >> steps);
      EXPECT_EQ(shapes(graph, kSize)[static_cast<std::size_t>(output.value)], (Shape{2, 4, 8 << steps, 16 << steps}));
      for (const Node* parameter : parameters(graph)) EXPECT_TRUE(known.contains(parameter->name)) << parameter->name;
      EXPECT_EQ(has(graph, "point_head.fc1.weight"), steps > 0);
      EXPECT_FALSE(has(graph, "points"));
      for (const Node& node : graph.nodes) EXPECT_NE(node.name, "point_head.fc1");
      (void)forward_plan(with_passes(graph, choose_passes({{"auto"}}, {})));
    }
  }
}

TEST(PointRendGraph, AStepRefinesA256thOfThePixelsOrWhatIsAskedForButNotMoreThanThereIs) {
  const Graph network = network_of(find_model("bisenetv2"));
  const auto points_of = [&](const Refinement& refinement) {
    const Graph graph = for_inference(with_refinement(network, refinement));
    std::vector<std::int64_t> counts;
    for (std::int64_t step = 1; step <= refinement.steps; ++step)
      counts.push_back(shape_of(graph, "point_head.step" + std::to_string(step) + ".cells")[1]);
    return counts;
  };
  EXPECT_EQ(points_of({.steps = 3}), (std::vector<std::int64_t>{32, 32, 32}));
  EXPECT_EQ(points_of({.steps = 2, .points = 50}), (std::vector<std::int64_t>{50, 50}));
  EXPECT_EQ(points_of({.steps = 2, .points = 1000}), (std::vector<std::int64_t>{16 * 32, 1000}));
}

// A head with another activation between its layers.
TEST(PointRendGraph, OnlyAReluIsLeftToTheConvolutionBeforeIt) {
  GraphBuilder g;
  const Value x = g.convolution("a", g.input("image", {.channels = 3}), {.out_channels = 4, .stride = 2});
  g.output("logits", g.convolution("b", x, {.out_channels = 4, .stride = 2}), {.upsample = {.factor = 4}});
  const ConvolutionOptions pointwise{.out_channels = 4, .kernel = 1, .padding = 0};
  const Value points = g.input("points", {.layout = InputLayout::points});
  const Value hidden = g.sigmoid(g.convolution("first", g.point_sample(x, points), pointwise));
  g.output("points", g.convolution("last", hidden, pointwise), {.role = OutputRole::points});
  const Graph graph = for_inference(with_refinement(g.build(), {.steps = 1}));
  validate(graph);
  EXPECT_FALSE(options_of<ConvolutionOptions>(find_node(graph, "point_head.step1.first")).relu);
  const auto is_sigmoid = [](const Node& node) {
    return node.op == Op::activation && options_of<ActivationOptions>(node).kind == ActivationKind::sigmoid;
  };
  EXPECT_EQ(std::ranges::count_if(graph.nodes, is_sigmoid), 1);
}

TEST(PointRendGraph, TheMapIsRefinedInPlaceAndOfFullPrecision) {
  const Graph graph =
      with_compute_casts(for_inference(with_refinement(network_of(find_model("bisenetv2")), {.steps = 2})));
  const std::vector<NumberType> types = number_types(graph);
  EXPECT_EQ(types[static_cast<std::size_t>(graph.outputs.front().value)], NumberType::full);
  EXPECT_EQ(graph.outputs.front().value, find_node(graph, "point_head.step2.refined").output);
  int in_place = 0;
  for (const Step& step : forward_plan(graph).forward) {
    if (step.kind == StepKind::forward && graph.nodes[static_cast<std::size_t>(step.node)].op == Op::put_points)
      in_place += step.in_place ? 1 : 0;
  }
  EXPECT_EQ(in_place, 2);
}

TEST(PointRendGraph, WhatHasNoPointHeadOrNoRoomIsRefused) {
  const Model& model = find_model("bisenetv2");
  const Graph plain = model.build({.num_classes = 4});
  EXPECT_THROW(with_refinement(plain, {}), std::logic_error);
  EXPECT_THROW(with_point_loss(with_losses(plain, {}), plain, {}), std::logic_error);
  EXPECT_THROW(with_refinement(network_of(model), {.steps = 4}), std::logic_error);
}

}  // namespace
}  // namespace seg
