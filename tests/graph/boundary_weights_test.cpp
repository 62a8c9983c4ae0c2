// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <stdexcept>

#include "graph/builder.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "models/model.h"

namespace seg {
namespace {

TEST(BoundaryWeights, AreTheThirdOperandOfEachLossOfPixels) {
  const Graph trained = with_losses(find_model("bisenetv2").build({.num_classes = 3}), {.kind = LossKind::ohem});
  const Graph weighted = with_boundary_weights(trained, {.weight = 4, .sigma = 3});
  validate(weighted);
  const Node& distances = find_node(weighted, "distances");
  const Node& weights = find_node(weighted, "boundary_weight");
  EXPECT_EQ(weights.inputs, std::vector<ValueId>{distances.output});
  EXPECT_EQ(options_of<BoundaryWeightOptions>(weights).weight, 4);
  EXPECT_EQ(options_of<InputOptions>(distances).layout, InputLayout::labels);
  EXPECT_EQ(options_of<InputOptions>(distances).type, NumberType::byte);
  std::size_t losses = 0;
  for (const Node& node : weighted.nodes) {
    if (node.op != Op::loss) continue;
    ASSERT_EQ(node.inputs.size(), 3U);
    EXPECT_EQ(node.inputs[2], weights.output);
    ++losses;
  }
  EXPECT_EQ(losses, 5U);
  EXPECT_EQ(weighted.outputs.size(), trained.outputs.size());
  EXPECT_EQ(weighted.nodes.size(), trained.nodes.size() + 2);
  const std::vector<Shape> all = shapes(weighted, {.images = 2, .height = 32, .width = 64});
  EXPECT_EQ(all[static_cast<std::size_t>(weights.output)], (Shape{2, 32, 64}));
  EXPECT_NO_THROW(shapes(with_compute_casts(weighted), {.images = 2, .height = 32, .width = 64}));
}

TEST(BoundaryWeights, TakeTheDistancesThatAreThere) {
  Graph graph = with_losses(find_model("bisenetv1").build({.num_classes = 3}), {.kind = LossKind::cross_entropy});
  Node distances = find_node(graph, "labels");
  distances.name = "distances";
  distances.output = graph.num_values++;
  graph.nodes.insert(graph.nodes.begin() + 40, distances);
  const Graph weighted = with_boundary_weights(graph, {.weight = 1});
  validate(weighted);
  EXPECT_EQ(find_node(weighted, "boundary_weight").inputs, std::vector<ValueId>{distances.output});
  EXPECT_EQ(weighted.nodes.size(), graph.nodes.size() + 1);
}

TEST(BoundaryWeights, OfASumOnlyMeansOverPixelsHaveThem) {
  const Graph weighted =
      with_boundary_weights(with_summed_losses(find_model("bisenetv1").build({.num_classes = 3}),
                                               {{.name = "focal", .options = {.kind = LossKind::focal}},
                                                {.name = "dice", .options = {.kind = LossKind::dice}}}),
                            {.weight = 1});
  EXPECT_EQ(find_node(weighted, "logits.focal.loss").inputs.size(), 3U);
  EXPECT_EQ(find_node(weighted, "logits.dice.loss").inputs.size(), 2U);
}

TEST(BoundaryWeights, NeedALossThatIsAMeanOverPixels) {
  Graph graph = with_losses(find_model("bisenetv1").build({.num_classes = 3}), {});
  for (Node& node : graph.nodes)
    if (node.op == Op::loss) std::get<LossOptions>(node.options).kind = LossKind::lovasz;
  EXPECT_THROW(with_boundary_weights(graph, {.weight = 1}), std::logic_error);
}

}  // namespace
}  // namespace seg
