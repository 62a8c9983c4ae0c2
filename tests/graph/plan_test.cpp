// SPDX-License-Identifier: Apache-2.0
#include "graph/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "graph/builder.h"
#include "graph/derivative.h"
#include "graph/passes.h"
#include "models/model.h"
#include "tests/graph/interpreter.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

using testing::Array;
using testing::Arrays;
using testing::Interpreter;
using testing::kRandomGraphInput;

constexpr std::uint64_t kNumRandomGraphs = 80;

struct Gradients {
  std::vector<Array> outputs;
  Arrays parameters;
};

std::vector<Array> direction_of(const std::vector<Array>& outputs) {
  std::vector<Array> direction;
  for (std::size_t k = 0; k < outputs.size(); ++k) direction.push_back(testing::random_array(outputs[k].shape, 77 + k));
  return direction;
}

Gradients run(const Graph& graph, Schedule schedule, const Arrays& leaves) {
  const Plan plan = differentiate(graph, schedule);
  Interpreter interpreter(graph, plan, kRandomGraphInput);
  Gradients result;
  result.outputs = interpreter.forward(leaves);
  interpreter.backward(direction_of(result.outputs));
  result.parameters = interpreter.gradients();
  return result;
}

// What the gradients are gradients of: a weighted sum of the losses, or the outputs along a fixed direction.
double objective(const Graph& graph, const Plan& plan, const Arrays& leaves) {
  Interpreter interpreter(graph, plan, kRandomGraphInput);
  const std::vector<Array> outputs = interpreter.forward(leaves), direction = direction_of(outputs);
  double sum = 0.0;
  const std::vector<const Node*> writer = writers(graph);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const Node& node = *writer[static_cast<std::size_t>(graph.outputs[k].value)];
    if (node.op == Op::loss) {
      sum += options_of<LossOptions>(node).weight * outputs[k].data[0];
      continue;
    }
    for (std::size_t i = 0; i < outputs[k].data.size(); ++i) sum += outputs[k].data[i] * direction[k].data[i];
  }
  return sum;
}

// Central differences with two steps; where they disagree (a kink, a norm of two numbers) they are a poor witness.
struct Witness {
  double slope, doubt;
};

Witness slope_at(const Graph& graph, const Plan& plan, Arrays leaves, const std::string& name, std::size_t i) {
  double& place = leaves.at(name).data[i];
  const double middle = place;
  const auto slope = [&](double step) {
    place = middle + step;
    const double above = objective(graph, plan, leaves);
    place = middle - step;
    return (above - objective(graph, plan, leaves)) / (2.0 * step);
  };
  const double coarse = slope(2e-5), fine = slope(1e-5);
  return {fine, std::abs(fine - coarse)};
}

void expect_gradients_of_the_objective(const Graph& graph, const Arrays& leaves, const Arrays& gradients,
                                       std::size_t& num_sharp) {
  const Plan plan = forward_plan(graph);
  for (const Node* parameter : parameters(graph)) {
    if (!is_trainable(*parameter)) continue;
    const auto found = gradients.find(parameter->name);
    const std::size_t count = leaves.at(parameter->name).data.size();
    for (const std::size_t i : std::set<std::size_t>{0, count / 2, count - 1}) {
      const Witness expected = slope_at(graph, plan, leaves, parameter->name, i);
      const double actual = found == gradients.end() ? 0.0 : found->second.data[i];
      const double tolerance = 1e-5 * (1.0 + std::abs(actual));
      if (expected.doubt > tolerance) continue;
      ++num_sharp;
      EXPECT_NEAR(actual, expected.slope, tolerance) << parameter->name << '[' << i << ']';
    }
  }
}

void expect_same(const Arrays& a, const Arrays& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, array] : a) {
    const auto other = b.find(name);
    ASSERT_NE(other, b.end()) << name;
    for (std::size_t i = 0; i < array.data.size(); ++i)
      ASSERT_NEAR(array.data[i], other->second.data[i], tolerance * (1.0 + std::abs(array.data[i]))) << name;
  }
}

std::vector<Step> all_steps(const Plan& plan) {
  std::vector<Step> steps = plan.forward;
  steps.insert(steps.end(), plan.backward.begin(), plan.backward.end());
  return steps;
}

std::vector<std::string> stored(const Graph& graph, const Plan& plan) {
  std::vector<std::string> names;
  for (const Step& step : all_steps(plan)) {
    if (step.kind == StepKind::store) names.push_back(graph.nodes[static_cast<std::size_t>(step.node)].name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Graph bisenetv2_with_losses() { return with_losses(find_model("bisenetv2").build({.num_classes = 19}), {}); }

TEST(Plan, GradientsOfRandomGraphsAreThoseOfFiniteDifferences) {
  std::size_t num_sharp = 0;
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = testing::random_graph(seed);
    const Arrays leaves = testing::random_leaves(graph, seed);
    expect_gradients_of_the_objective(graph, leaves, run(graph, Schedule::two_passes, leaves).parameters, num_sharp);
    if (HasFailure()) return;
  }
  EXPECT_GT(num_sharp, 5 * kNumRandomGraphs);
}

TEST(Plan, GradientsWithLossesInsideAreThoseOfFiniteDifferences) {
  std::size_t num_sharp = 0;
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = with_losses(testing::random_graph(seed, {.for_losses = true}),
                                    {.kind = LossKind::cross_entropy, .weight = 0.4});
    const Arrays leaves = testing::random_leaves(graph, seed);
    expect_gradients_of_the_objective(graph, leaves, run(graph, Schedule::earliest, leaves).parameters, num_sharp);
    if (HasFailure()) return;
  }
  EXPECT_GT(num_sharp, 5 * kNumRandomGraphs);
}

TEST(Plan, SchedulesGiveTheSameBits) {
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = with_losses(testing::random_graph(seed, {.num_operations = 20, .for_losses = true}),
                                    {.kind = LossKind::cross_entropy});
    const Arrays leaves = testing::random_leaves(graph, seed);
    const Gradients a = run(graph, Schedule::two_passes, leaves), b = run(graph, Schedule::earliest, leaves);
    for (std::size_t k = 0; k < a.outputs.size(); ++k) ASSERT_EQ(a.outputs[k].data, b.outputs[k].data);
    expect_same(a.parameters, b.parameters, 0.0);
    if (HasFatalFailure()) return;
  }
}

TEST(Plan, UpdatesRunningStatisticsOnceWhateverIsDifferentiated) {
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    const Graph graph = testing::random_graph(seed);
    const Plan plan = differentiate(graph, Schedule::earliest);
    Interpreter interpreter(graph, plan, kRandomGraphInput);
    interpreter.backward(direction_of(interpreter.forward(testing::random_leaves(graph, seed))));
    std::map<std::string, int> expected;
    for (const Node& node : graph.nodes) {
      if (node.op == Op::batch_norm) expected[node.name] = 1;
    }
    EXPECT_EQ(interpreter.statistics_updates(), expected) << "seed " << seed;
  }
}

TEST(Plan, ReleasesEverySlotOnceAtItsLastStep) {
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = testing::random_graph(seed, {.num_operations = 25});
    for (const Plan& plan :
         {differentiate(graph, Schedule::two_passes), differentiate(graph, Schedule::earliest), forward_plan(graph)}) {
      std::map<Slot, std::size_t> last_use, released;
      const std::vector<Step> steps = all_steps(plan);
      for (std::size_t i = 0; i < steps.size(); ++i) {
        for (const auto* slots : {&steps[i].reads, &steps[i].writes})
          for (const Slot slot : *slots) {
            if (slot != kNoSlot) last_use[slot] = i;
          }
        for (const Slot slot : steps[i].releases) EXPECT_TRUE(released.emplace(slot, i).second) << "released twice";
      }
      for (const Node* parameter : parameters(graph)) last_use.erase(parameter->output);
      EXPECT_EQ(released, last_use);
    }
    if (HasFailure()) return;
  }
}

TEST(Plan, OverwritesOnlyWhatDiesAndIsOurs) {
  std::size_t num_in_place = 0;
  for (std::uint64_t seed = 0; seed < kNumRandomGraphs; ++seed) {
    const Graph graph = testing::random_graph(seed, {.num_operations = 25});
    for (const Plan& plan : {differentiate(graph, Schedule::earliest), forward_plan(graph)}) {
      for (const Step& step : all_steps(plan)) {
        if (!step.in_place) continue;
        ++num_in_place;
        const Slot slot = step.reads.at(0);
        EXPECT_EQ(std::count(step.releases.begin(), step.releases.end(), slot), 1);
        EXPECT_EQ(std::count(step.reads.begin(), step.reads.end(), slot), 1);
        EXPECT_FALSE(plan.slots[static_cast<std::size_t>(slot)].is_outside);
        EXPECT_NE(step.writes.at(0), kNoSlot);
      }
    }
  }
  EXPECT_GT(num_in_place, kNumRandomGraphs);
}

TEST(Plan, GivesEachParameterOfTheNetworkExactlyOneGradient) {
  const Graph graph = bisenetv2_with_losses();
  std::vector<std::string> expected;
  for (const Node* parameter : parameters(graph)) {
    if (is_trainable(*parameter)) expected.push_back(parameter->name);
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(stored(graph, differentiate(graph, Schedule::two_passes)), expected);
  EXPECT_EQ(stored(graph, differentiate(graph, Schedule::earliest)), expected);
}

TEST(Plan, RunsEveryNodeOnceAndInItsOrder) {
  const Graph graph = bisenetv2_with_losses();
  const Plan plan = differentiate(graph, Schedule::earliest);
  std::vector<std::int32_t> expected, actual;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].op != Op::input && graph.nodes[i].op != Op::parameter)
      expected.push_back(static_cast<std::int32_t>(i));
  }
  for (const Step& step : plan.forward) {
    if (step.kind == StepKind::forward) actual.push_back(step.node);
  }
  EXPECT_EQ(actual, expected);
}

TEST(Plan, WithAllLossesInsideEverythingHappensBeforeTheYield) {
  const Plan plan = differentiate(bisenetv2_with_losses(), Schedule::earliest);
  EXPECT_TRUE(plan.backward.empty());
  EXPECT_EQ(plan.output_gradients, std::vector<Slot>(5, kNoSlot));
}

TEST(Plan, EarliestDifferentiatesABranchBeforeTheNextBegins) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 2});
  const auto branch = [&](const std::string& name) {
    g.output(name, g.scope(name).convolution("conv", image, {.out_channels = 2}));
  };
  branch("a");
  branch("b");
  const Graph graph = with_losses(g.build(), {});
  const Plan plan = differentiate(graph, Schedule::earliest);
  std::vector<std::string> order;
  for (const Step& step : plan.forward) {
    if (step.kind != StepKind::yield) order.push_back(graph.nodes[static_cast<std::size_t>(step.node)].name);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"a.conv", "a.loss", "a.conv", "a.conv.weight", "b.conv", "b.loss",
                                             "b.conv", "b.conv.weight"}));
}

TEST(Plan, AnActivationAfterANormWorksInPlaceBothWays) {
  GraphBuilder g;
  Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3});
  x = g.relu(g.batch_norm("bn", x));
  g.output("out", g.convolution("last", x, {.out_channels = 1}));
  const Graph graph = g.build();
  int num_in_place = 0;
  for (const Step& step : all_steps(differentiate(graph, Schedule::two_passes))) {
    if (step.node < 0 || graph.nodes[static_cast<std::size_t>(step.node)].op != Op::activation) continue;
    EXPECT_TRUE(step.in_place);
    ++num_in_place;
  }
  EXPECT_EQ(num_in_place, 2);
}

TEST(Plan, NeverOverwritesAnInput) {
  GraphBuilder g;
  g.output("out", g.relu(g.input("image", {.channels = 2})));
  const Graph graph = g.build();
  EXPECT_FALSE(forward_plan(graph).forward.front().in_place);
}

TEST(Plan, ACastOfAWeightHasNoBackwardStep) {
  GraphBuilder g;
  g.output("out", g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3}));
  const Graph graph = with_compute_casts(g.build());
  const Plan plan = differentiate(graph, Schedule::two_passes);
  int num_products = 0, num_stores = 0;
  for (const Step& step : plan.backward) {
    if (step.kind == StepKind::vjp) ++num_products;
    if (step.kind == StepKind::store) ++num_stores;
  }
  EXPECT_EQ(num_products, 2);  // the convolution and the cast of its output
  EXPECT_EQ(num_stores, 1);
}

TEST(Plan, DoesNotHoldAValueOfWhichOnlyTheShapeMatters) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 2});
  const Value like = g.relu(image);
  g.output("out", g.upsample_like(g.global_pool(image), like, {}));
  const Graph graph = g.build();
  const Plan plan = forward_plan(graph);
  EXPECT_EQ(plan.forward.front().releases, std::vector<Slot>{like.id});
}

TEST(Plan, AsksForNoGradientOfAnOutputThatNeedsNone) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3});
  g.output("logits", x);
  g.output("labels", g.argmax(x));
  const Plan plan = differentiate(g.build(), Schedule::two_passes);
  EXPECT_NE(plan.output_gradients.at(0), kNoSlot);
  EXPECT_EQ(plan.output_gradients.at(1), kNoSlot);
}

TEST(Plan, WhatDependsOnParametersAloneComesFirstAndIsKept) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.relu(g.input("image", {.channels = 2})), {.out_channels = 3});
  g.output("out", g.batch_norm("bn", x, {.inference = true}));
  const Graph graph = with_compute_casts(with_folded_batch_norm(g.build()));
  const Plan plan = forward_plan(graph);
  std::vector<std::string> derived;
  for (std::size_t i = 0; i < plan.num_derived; ++i)
    derived.push_back(graph.nodes[static_cast<std::size_t>(plan.forward[i].node)].name);
  EXPECT_EQ(derived, (std::vector<std::string>{"conv.folded_weight", "conv.folded_bias", "conv.folded_weight.cast"}));
  const auto is_released = [&](const char* name) {
    return std::ranges::any_of(plan.forward, [&](const Step& step) {
      return std::ranges::count(step.releases, find_node(graph, name).output) != 0;
    });
  };
  EXPECT_TRUE(is_released("conv.folded_weight"));  // the copy in the compute type is what is read on
  EXPECT_FALSE(is_released("conv.folded_weight.cast"));
  EXPECT_FALSE(is_released("conv.folded_bias"));
  EXPECT_TRUE(is_released("conv"));
}

TEST(Plan, OfATrainingStepNothingIsKeptForTheNext) {
  GraphBuilder g;
  g.output("out", g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3}));
  EXPECT_EQ(differentiate(with_compute_casts(g.build())).num_derived, 0U);
}

TEST(Plan, ForwardPlanSavesNothing) {
  const Graph graph = for_inference(find_model("bisenetv2").build({}));
  for (const Step& step : forward_plan(graph).forward) {
    for (std::size_t k = 1; k < step.writes.size(); ++k) EXPECT_EQ(step.writes[k], kNoSlot);
  }
}

}  // namespace
}  // namespace seg
