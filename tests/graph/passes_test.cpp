// SPDX-License-Identifier: Apache-2.0
#include "graph/passes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "graph/builder.h"
#include "graph/plan.h"
#include "models/model.h"
#include "tests/graph/interpreter.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

constexpr std::uint64_t kNumRandomGraphs = 80;

Graph bisenetv2() { return find_model("bisenetv2").build({}); }

std::vector<std::string> output_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Output& output : graph.outputs) names.push_back(output.name);
  return names;
}

std::map<ValueId, std::string> names_by_value(const Graph& graph) {
  std::map<ValueId, std::string> names;
  for (const Node& node : graph.nodes) names[node.output] = node.name;
  return names;
}

// A pass may add nodes or drop some; what stays keeps its value and its name.
void expect_names_kept(const Graph& before, const Graph& after, const std::string& but = "") {
  const auto old_names = names_by_value(before);
  for (const auto& [value, name] : names_by_value(after)) {
    const auto old = old_names.find(value);
    if (old == old_names.end() || old->second == but) continue;
    EXPECT_EQ(old->second, name);
  }
}

std::vector<testing::Array> outputs_of(const Graph& graph, std::uint64_t seed) {
  testing::Interpreter interpreter(graph, forward_plan(graph), testing::kRandomGraphInput);
  return interpreter.forward(testing::random_leaves(graph, seed));
}

TEST(WithoutDeadNodes, KeepsWhatTheWantedOutputsNeedAndNoMore) {
  const Graph graph = bisenetv2();
  const Graph kept = without_dead_nodes(graph, [](const Output& output) { return output.name == "aux2"; });
  validate(kept);
  expect_names_kept(graph, kept);
  EXPECT_EQ(output_names(kept), std::vector<std::string>{"aux2"});
  std::vector<bool> is_read(static_cast<std::size_t>(kept.num_values));
  for (const Node& node : kept.nodes) {
    EXPECT_TRUE(node.name.rfind("aux2", 0) == 0 || node.name.rfind("segment.S1S2", 0) == 0 || node.name == "image");
    for (const ValueId input : node.inputs) {
      if (input != kNoValue) is_read[static_cast<std::size_t>(input)] = true;
    }
  }
  for (const Node& node : kept.nodes) {
    EXPECT_TRUE(is_read[static_cast<std::size_t>(node.output)] || node.output == kept.outputs[0].value) << node.name;
  }
}

TEST(WithoutDeadNodes, WithEverythingWantedChangesNothing) {
  const Graph graph = bisenetv2();
  const Graph kept = without_dead_nodes(graph, [](const Output&) { return true; });
  EXPECT_EQ(names_by_value(kept), names_by_value(graph));
  EXPECT_EQ(output_names(kept), output_names(graph));
}

TEST(WithoutDeadNodes, GivesTheSameValues) {
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    const Graph graph = testing::random_graph(seed, {.num_operations = 20});
    const Graph kept = without_dead_nodes(graph, [](const Output& output) { return output.role == OutputRole::main; });
    validate(kept);
    testing::Interpreter all(graph, forward_plan(graph), testing::kRandomGraphInput);
    testing::Interpreter main(kept, forward_plan(kept), testing::kRandomGraphInput);
    const testing::Arrays leaves = testing::random_leaves(graph, seed);
    EXPECT_EQ(main.forward(leaves).at(0).data, all.forward(leaves).at(0).data) << "seed " << seed;
  }
}

TEST(ForInference, HasNoDropoutAndFixedNorms) {
  GraphBuilder g;
  Value x = g.batch_norm("bn", g.convolution("conv", g.input("image", {}), {.out_channels = 2}));
  x = g.relu(g.dropout(g.dropout(x, 0.5), 0.5));
  g.output("feature", x, {.role = OutputRole::feature});
  g.output("logits", g.dropout(x, 0.1));
  const Graph graph = g.build();
  const Graph inference = for_inference(graph);
  validate(inference);
  expect_names_kept(graph, inference);
  EXPECT_EQ(output_names(inference), std::vector<std::string>{"logits"});
  EXPECT_EQ(inference.outputs[0].value, x.id);
  EXPECT_EQ(find_node(inference, "relu").inputs[0], find_node(graph, "bn").output);
  EXPECT_TRUE(options_of<BatchNormOptions>(find_node(inference, "bn")).inference);
  EXPECT_FALSE(options_of<BatchNormOptions>(find_node(graph, "bn")).inference);
}

TEST(ForInference, NeedsAMainOutput) {
  GraphBuilder g;
  g.output("aux", g.relu(g.input("image", {})), {.role = OutputRole::auxiliary});
  EXPECT_THROW(for_inference(g.build()), std::logic_error);
}

TEST(WithNormalization, PutsANodeBehindTheImageAndKeepsItsName) {
  const Graph graph = bisenetv2();
  const Normalization normalization{
      .pixels = NumberType::word, .mean = {0.1, 0.2, 0.3}, .deviation = {0.4, 0.5, 0.6}, .scale = 1.0 / 65535.0};
  const Graph normalized = with_normalization(graph, normalization);
  validate(normalized);
  expect_names_kept(graph, normalized, "image");
  const Node& image = find_node(normalized, "image");
  const Node& node = find_node(normalized, "image.normalize");
  EXPECT_EQ(options_of<InputOptions>(image).layout, InputLayout::interleaved);
  EXPECT_EQ(options_of<InputOptions>(image).type, NumberType::word);
  EXPECT_EQ(node.inputs, std::vector<ValueId>{image.output});
  EXPECT_EQ(node.output, find_node(graph, "image").output);
  EXPECT_EQ(options_of<NormalizeOptions>(node).deviation, normalization.deviation);
  EXPECT_EQ(options_of<NormalizeOptions>(node).scale, normalization.scale);
  const std::vector<Shape> all = shapes(normalized, {.images = 2, .height = 32, .width = 64});
  EXPECT_EQ(all[static_cast<std::size_t>(image.output)], (Shape{2, 32, 64, 3}));
  EXPECT_EQ(all[static_cast<std::size_t>(node.output)], (Shape{2, 3, 32, 64}));
}

TEST(WithNormalization, RefusesWhatDoesNotSuitTheImage) {
  EXPECT_THROW(with_normalization(bisenetv2(), {.mean = {0.5}, .deviation = {0.5}}), std::logic_error);
  EXPECT_THROW(with_normalization(bisenetv2(), {.pixels = NumberType::full, .mean = {0, 0, 0}, .deviation = {1, 1, 1}}),
               std::logic_error);
}

TEST(WithLosses, TakesOverNamesRulesAndWeights) {
  const Graph graph = bisenetv2();
  const Graph trained = with_losses(graph, {.ohem_thresh = 0.6, .ignore_label = 11, .weight = 0.4});
  validate(trained);
  expect_names_kept(graph, trained);
  EXPECT_EQ(output_names(trained), output_names(graph));
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
    EXPECT_EQ(trained.outputs[k].role, OutputRole::loss);
    const Node& loss = find_node(trained, graph.outputs[k].name + ".loss");
    EXPECT_EQ(loss.output, trained.outputs[k].value);
    EXPECT_EQ(loss.inputs, (std::vector<ValueId>{graph.outputs[k].value, find_node(trained, "labels").output}));
    const auto& options = options_of<LossOptions>(loss);
    EXPECT_EQ(options.upsample.factor, graph.outputs[k].upsample.factor);
    EXPECT_EQ(options.weight, k == 0 ? 1.0 : 0.4);
    EXPECT_EQ(options.ohem_thresh, 0.6);
    EXPECT_EQ(options.ignore_label, 11);
  }
}

TEST(WithLosses, ComputesEachLossAsSoonAsItsLogitsAreThere) {
  const Graph trained = with_losses(bisenetv2(), {});
  for (std::size_t i = 0; i + 1 < trained.nodes.size(); ++i) {
    if (trained.nodes[i + 1].op != Op::loss) continue;
    EXPECT_EQ(trained.nodes[i].output, trained.nodes[i + 1].inputs[0]);
  }
}

TEST(WithLosses, TermsOfASumAreLossesOfTheirOwn) {
  const Graph graph = bisenetv2();
  const std::vector<LossTerm> terms = {
      {.name = "ohem", .options = {.kind = LossKind::ohem, .weight = 0.4}},
      {.name = "dice", .weight = 0.5, .options = {.kind = LossKind::dice, .weight = 0.4}}};
  const Graph trained = with_summed_losses(graph, terms);
  validate(trained);
  expect_names_kept(graph, trained);
  ASSERT_EQ(trained.outputs.size(), 2 * graph.outputs.size());
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
    const double of_output = k == 0 ? 1.0 : 0.4;
    EXPECT_EQ(trained.outputs[2 * k].name, graph.outputs[k].name + ".ohem");
    EXPECT_EQ(trained.outputs[2 * k].loss_weight, of_output);
    EXPECT_EQ(trained.outputs[2 * k + 1].name, graph.outputs[k].name + ".dice");
    EXPECT_EQ(trained.outputs[2 * k + 1].loss_weight, 0.5 * of_output);
    const Node& dice = find_node(trained, graph.outputs[k].name + ".dice.loss");
    EXPECT_EQ(options_of<LossOptions>(dice).kind, LossKind::dice);
    EXPECT_EQ(options_of<LossOptions>(dice).weight, 0.5 * of_output);
    EXPECT_EQ(options_of<LossOptions>(dice).upsample.factor, graph.outputs[k].upsample.factor);
    EXPECT_EQ(dice.inputs[0], graph.outputs[k].value);
  }
  EXPECT_NO_THROW(shapes(trained, {.images = 1, .height = 32, .width = 32}));
}

TEST(WithLosses, ASingleTermHasTheOutputsNameAndItsWeight) {
  const Graph graph = bisenetv2();
  const Graph trained = with_summed_losses(graph, {{.name = "ce", .weight = 3}});
  EXPECT_EQ(output_names(trained), output_names(graph));
  EXPECT_EQ(trained.outputs[0].loss_weight, 3);
}

TEST(WithLosses, ADistanceHeadHasALossOfItsOwnIfAsked) {
  const Graph graph = find_model("bisenetv2").build({.num_classes = 3, .distance_head = true});
  EXPECT_EQ(with_losses(graph, {}).outputs.size(), 5U);
  const LossOptions distance{.kind = LossKind::distance, .distance_limit = 9, .weight = 0.25};
  const Graph trained = with_losses(graph, {.weight = 0.4}, distance);
  validate(trained);
  ASSERT_EQ(trained.outputs.size(), 6U);
  EXPECT_EQ(trained.outputs.back().name, "distance");
  EXPECT_EQ(trained.outputs.back().loss_weight, 0.25);
  const Node& loss = find_node(trained, "distance.loss");
  EXPECT_EQ(loss.inputs, (std::vector<ValueId>{graph.outputs.back().value, find_node(trained, "labels").output,
                                               find_node(trained, "distances").output}));
  EXPECT_EQ(options_of<LossOptions>(loss).kind, LossKind::distance);
  EXPECT_EQ(options_of<LossOptions>(loss).distance_limit, 9);
  EXPECT_EQ(options_of<LossOptions>(loss).upsample.factor, 8);
  EXPECT_NO_THROW(shapes(trained, {.images = 1, .height = 32, .width = 32}));

  const Graph weighted = with_boundary_weights(trained, {.weight = 1});
  EXPECT_EQ(find_node(weighted, "distance.loss").inputs, loss.inputs);
  EXPECT_EQ(find_node(weighted, "boundary_weight").inputs[0], find_node(weighted, "distances").output);
}

TEST(WithLosses, DropsOutputsThatNoLossTakes) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {}), {.out_channels = 2});
  g.output("logits", x);
  g.output("feature", g.scope("side").relu(x), {.role = OutputRole::feature});
  const Graph trained = with_losses(g.build(), {});
  validate(trained);
  EXPECT_EQ(output_names(trained), std::vector<std::string>{"logits"});
  EXPECT_THROW(find_node(trained, "side.relu"), std::logic_error);
}

TEST(Passes, OfRandomGraphsAreSoundInEveryCombination) {
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = testing::random_graph(seed, {.for_losses = true});
    const Normalization normalization{.mean = {0.0, 0.0}, .deviation = {1.0, 1.0}};
    for (const Graph& form : {graph, for_inference(graph), with_losses(graph, {})}) {
      for (const Graph& input : {form, with_normalization(form, normalization)}) {
        const Graph last = with_compute_casts(input);
        EXPECT_NO_THROW(validate(last));
        EXPECT_NO_THROW(shapes(last, testing::kRandomGraphInput));
      }
    }
    EXPECT_EQ(outputs_of(graph, seed).size(), graph.outputs.size());
  }
}

// By name: the deviation of each parameter that is drawn.
std::map<std::string, double> deviations_in(const Graph& graph) {
  std::map<std::string, double> deviations;
  for (const Node& node : graph.nodes) {
    const auto* parameter = std::get_if<ParameterOptions>(&node.options);
    if (parameter == nullptr) continue;
    if (const auto* init = std::get_if<KaimingNormalInit>(&parameter->init))
      deviations[node.name] = deviation_of(*init, parameter->shape);
  }
  return deviations;
}

TEST(SmallClassifiers, BeginATwentiethAsLargeAndNothingElseDoes) {
  const std::map<std::string, std::vector<std::string>> classifiers = {
      {"bisenetv1", {"conv_out.conv_out.weight", "conv_out16.conv_out.weight", "conv_out32.conv_out.weight"}},
      {"bisenetv2",
       {"head.conv_out.1.weight", "aux2.conv_out.1.weight", "aux3.conv_out.1.weight", "aux4.conv_out.1.weight",
        "aux5_4.conv_out.1.weight"}}};
  for (const auto& [model, names] : classifiers) {
    const Graph before = find_model(model).build({.num_classes = 2});
    const auto large = deviations_in(before), small = deviations_in(with_small_classifiers(before));
    ASSERT_EQ(large.size(), small.size());
    for (const auto& [name, deviation] : large) {
      const bool is_classifier = std::ranges::find(names, name) != names.end();
      EXPECT_NEAR(small.at(name), is_classifier ? deviation / 20 : deviation, 1e-12) << name;
    }
    for (const std::string& name : names) EXPECT_TRUE(large.contains(name)) << name;
  }
}

TEST(SmallClassifiers, AreConvolutions) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  g.output("logits", g.relu(image));
  EXPECT_THROW(with_small_classifiers(g.build()), std::logic_error);
}

}  // namespace
}  // namespace seg
