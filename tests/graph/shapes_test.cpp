// SPDX-License-Identifier: Apache-2.0
#include "graph/shapes.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "base/error.h"
#include "graph/builder.h"
#include "graph/passes.h"

namespace seg {
namespace {

// The shape of what `make` builds on an image of `channels` channels.
Shape shape_of(const std::function<Value(GraphBuilder&, Value)>& make, const InputSize& size,
               std::int64_t channels = 4) {
  GraphBuilder g;
  const Value made = make(g, g.input("image", {.channels = channels}));
  g.output("out", made);
  return shapes(g.build(), size)[static_cast<std::size_t>(made.id)];
}

constexpr InputSize kOdd{.images = 2, .height = 9, .width = 14};

TEST(Shapes, OfConvolutionsAreThoseOfPyTorch) {
  const auto convolved = [](const ConvolutionOptions& o) {
    return shape_of([&](auto& g, Value x) { return g.convolution("c", x, o); }, kOdd);
  };
  EXPECT_EQ(convolved({.out_channels = 6}), (Shape{2, 6, 9, 14}));
  EXPECT_EQ(convolved({.out_channels = 6, .stride = 2}), (Shape{2, 6, 5, 7}));
  EXPECT_EQ(convolved({.out_channels = 6, .padding = 0}), (Shape{2, 6, 7, 12}));
  EXPECT_EQ(convolved({.out_channels = 6, .padding = 2, .dilation = 2}), (Shape{2, 6, 9, 14}));
  EXPECT_EQ(convolved({.out_channels = 6, .kernel = 7, .stride = 2, .padding = 3}), (Shape{2, 6, 5, 7}));
  EXPECT_EQ(convolved({.out_channels = 8, .stride = 2, .groups = 4}), (Shape{2, 8, 5, 7}));
}

TEST(Shapes, OfPoolsAndUpsampling) {
  const PoolOptions pool{.kernel = 3, .stride = 2, .padding = 1};
  EXPECT_EQ(shape_of([&](auto& g, Value x) { return g.max_pool(x, pool); }, kOdd), (Shape{2, 4, 5, 7}));
  EXPECT_EQ(shape_of([&](auto& g, Value x) { return g.average_pool(x, pool); }, kOdd), (Shape{2, 4, 5, 7}));
  EXPECT_EQ(shape_of([](auto& g, Value x) { return g.global_pool(x); }, kOdd), (Shape{2, 4, 1, 1}));
  EXPECT_EQ(shape_of([](auto& g, Value x) { return g.upsample(x, {.factor = 3}); }, kOdd), (Shape{2, 4, 27, 42}));
  EXPECT_EQ(shape_of([&](auto& g, Value x) { return g.upsample_like(g.max_pool(x, pool), x, {}); }, kOdd),
            (Shape{2, 4, 9, 14}));
}

TEST(Shapes, OfJoinsAndParts) {
  EXPECT_EQ(shape_of([](auto& g, Value x) { return g.concat({x, x, x}); }, kOdd), (Shape{2, 12, 9, 14}));
  EXPECT_EQ(shape_of([](auto& g, Value x) { return g.slice(x, {.begin = 1, .length = 2}); }, kOdd),
            (Shape{2, 2, 9, 14}));
  EXPECT_EQ(shape_of([](auto& g, Value x) { return g.add(g.global_pool(x), x); }, kOdd), (Shape{2, 4, 9, 14}));
  EXPECT_EQ(shape_of([](auto& g, Value x) { return g.argmax(g.softmax(x)); }, kOdd), (Shape{2, 9, 14}));
}

TEST(Shapes, OfInputsFollowTheirLayoutAndStride) {
  GraphBuilder g;
  const Value coarse = g.input("coarse", {.channels = 5, .stride = 8});
  const Value points = g.input("points", {.channels = 2, .layout = InputLayout::points});
  const Value sampled = g.point_sample(coarse, points);
  g.output("out", sampled);
  const std::vector<Shape> all = shapes(g.build(), {.images = 2, .height = 20, .width = 32, .points = 7});
  EXPECT_EQ(all[static_cast<std::size_t>(coarse.id)], (Shape{2, 5, 3, 4}));
  EXPECT_EQ(all[static_cast<std::size_t>(points.id)], (Shape{2, 7, 2}));
  EXPECT_EQ(all[static_cast<std::size_t>(sampled.id)], (Shape{2, 5, 1, 7}));
}

TEST(Shapes, OfPointsFollowTheirOptions) {
  GraphBuilder g;
  const Value map = g.input("map", {.channels = 5, .stride = 4});
  g.output("out", g.input("points", {.layout = InputLayout::points}));
  Graph graph = g.build();
  const ValueId points = find_node(graph, "points").output;
  const auto shape_with = [&](Op op, std::vector<ValueId> inputs, Options options) {
    Graph more = graph;
    more.nodes.push_back({op, "node", std::move(inputs), more.num_values++, std::move(options)});
    validate(more);
    return shapes(more, {.images = 2, .height = 20, .width = 32, .points = 7}).back();
  };
  const ChoosePointsOptions choice{.candidates = 9, .uncertain = 3, .uniform = 2};
  EXPECT_EQ(shape_with(Op::choose_points, {map.id}, choice), (Shape{2, 5, 2}));
  EXPECT_EQ(shape_with(Op::choose_points, {map.id, points}, choice), (Shape{2, 12, 2}));
  EXPECT_THROW(shape_with(Op::choose_points, {map.id}, ChoosePointsOptions{.candidates = 2, .uncertain = 3}),
               std::logic_error);
  EXPECT_EQ(shape_with(Op::choose_cells, {map.id}, ChooseCellsOptions{.cells_a_point = 3}), (Shape{2, 13, 2}));
  EXPECT_EQ(shape_with(Op::choose_cells, {map.id}, ChooseCellsOptions{.cells_a_point = 99}), (Shape{2, 1, 2}));
  EXPECT_EQ(shape_with(Op::choose_cells, {map.id}, ChooseCellsOptions{.count = 99}), (Shape{2, 40, 2}));
  EXPECT_THROW(shape_with(Op::choose_cells, {map.id}, ChooseCellsOptions{.count = 0}), std::logic_error);
  EXPECT_THROW(shape_with(Op::put_points, {map.id, points, map.id}, {}), std::logic_error);
  EXPECT_THROW(shape_with(Op::point_labels, {map.id, points}, {}), std::logic_error);
}

TEST(Shapes, OperandsThatDoNotFitAreNamed) {
  const auto expect_refused = [](const std::function<Value(GraphBuilder&, Value)>& make, const std::string& name) {
    try {
      shape_of(make, kOdd);
      ADD_FAILURE() << "not refused";
    } catch (const std::logic_error& error) {
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    }
  };
  const ConvolutionOptions half{.out_channels = 4, .stride = 2};
  expect_refused([&](auto& g, Value x) { return g.add(x, g.convolution("c", x, half)); }, "add");
  expect_refused([&](auto& g, Value x) { return g.concat({x, g.convolution("c", x, half)}); }, "concat");
  expect_refused(
      [&](auto& g, Value x) { return g.convolution("c", x, {.out_channels = 1, .kernel = 11, .padding = 0}); },
      "c: the map is smaller");
}

TEST(Shapes, ALossNeedsLogitsThatItsRuleEnlargesToTheLabels) {
  GraphBuilder g;
  g.output("out", g.max_pool(g.input("image", {}), {}), {.upsample = {.factor = 2}});
  const Graph graph = with_losses(g.build(), {});
  EXPECT_NO_THROW(shapes(graph, {.images = 1, .height = 8, .width = 8}));
  EXPECT_THROW(shapes(graph, {.images = 1, .height = 9, .width = 8}), std::logic_error);
}

TEST(Shapes, CountAndPrint) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  EXPECT_EQ(to_string(Shape{}), "1");
  EXPECT_EQ(to_string(Shape{4, 19, 32, 64}), "4x19x32x64");
}

TEST(Shapes, AnImageThatDoesNotDivideIsRefusedWithTheNearestSize) {
  EXPECT_NO_THROW(check_image_size(64, 96, 32, "cropsize"));
  try {
    check_image_size(360, 480, 32, "cropsize");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, "cropsize");
    EXPECT_NE(error.problems().at(0).what.find("360x480"), std::string::npos);
    EXPECT_NE(error.problems().at(0).remedy.find("352x480"), std::string::npos);
  }
  EXPECT_THROW(check_image_size(0, 32, 32, "cropsize"), UserError);
  EXPECT_THROW(check_image_size(32, -32, 32, "cropsize"), UserError);
}

TEST(Shapes, OfFoldedWeightsAndBiases) {
  const auto vector = [](const char* name, ValueId id, std::int64_t size) {
    return Node{Op::parameter, name, {}, id, ParameterOptions{.shape = {size}}};
  };
  Graph graph{.nodes = {{Op::parameter, "w", {}, 0, ParameterOptions{.shape = {5, 2, 3, 3}}},
                        vector("scale", 1, 5),
                        vector("shift", 2, 5),
                        vector("mean", 3, 5),
                        vector("variance", 4, 5),
                        {Op::folded_weight, "weight", {0, 1, 4}, 5, BatchNormOptions{}},
                        {Op::folded_bias, "bias", {kNoValue, 1, 2, 3, 4}, 6, BatchNormOptions{}}},
              .outputs = {},
              .num_values = 7};
  ASSERT_NO_THROW(validate(graph));
  EXPECT_EQ(shapes(graph, {}).at(5), (Shape{5, 2, 3, 3}));
  EXPECT_EQ(shapes(graph, {}).at(6), (Shape{5}));
  std::get<ParameterOptions>(graph.nodes[4].options).shape = {4};
  EXPECT_THROW(shapes(graph, {}), std::logic_error);
  graph.nodes[5].inputs.pop_back();
  EXPECT_THROW(validate(graph), std::logic_error);
}

TEST(Shapes, OfPhasesAndTheirWeights) {
  Graph graph{.nodes = {{Op::input, "x", {}, 0, InputOptions{.channels = 12}},
                        {Op::join_phases, "join", {0}, 1, {}},
                        {Op::parameter, "w", {}, 2, ParameterOptions{.shape = {5, 3, 3, 3}}},
                        {Op::phase_weight, "phases", {2}, 3, {}}},
              .outputs = {},
              .num_values = 4};
  const std::vector<Shape> all = shapes(graph, {.images = 2, .height = 4, .width = 6});
  EXPECT_EQ(all.at(1), (Shape{2, 3, 6, 10}));
  EXPECT_EQ(all.at(3), (Shape{20, 3, 2, 2}));
  std::get<InputOptions>(graph.nodes[0].options).channels = 10;
  EXPECT_THROW(shapes(graph, {.images = 2, .height = 4, .width = 6}), std::logic_error);
  std::get<InputOptions>(graph.nodes[0].options).channels = 12;
  std::get<ParameterOptions>(graph.nodes[2].options).shape = {5, 3, 2, 2};
  EXPECT_THROW(shapes(graph, {.images = 2, .height = 4, .width = 6}), std::logic_error);
}

}  // namespace
}  // namespace seg
