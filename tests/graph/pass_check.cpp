// SPDX-License-Identifier: Apache-2.0
#include "tests/graph/pass_check.h"

#include <gtest/gtest.h>

#include <map>

#include "graph/plan.h"
#include "tests/graph/interpreter.h"
#include "tests/graph/random_graph.h"

namespace seg::testing {
namespace {

void expect_near(const Array& ours, const Array& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(ours.shape, expected.shape) << what;
  for (std::size_t i = 0; i < ours.data.size(); ++i) ASSERT_NEAR(ours.data[i], expected.data[i], tolerance) << what;
}

struct Run {
  std::vector<Array> outputs;
  Arrays gradients;
  std::map<std::string, int> updates;
};

Run run(const Graph& graph, std::uint64_t seed) {
  const Plan plan = differentiate(graph, Schedule::two_passes);
  Interpreter interpreter(graph, plan, kRandomGraphInput);
  Run result{.outputs = interpreter.forward(random_leaves(graph, seed)), .gradients = {}, .updates = {}};
  std::vector<Array> output_gradients;
  for (const Array& output : result.outputs) output_gradients.push_back(random_array(output.shape, ++seed));
  interpreter.backward(output_gradients);
  result.gradients = interpreter.gradients();
  result.updates = interpreter.statistics_updates();
  return result;
}

void expect_names_kept(const Graph& before, const Graph& after) {
  std::map<ValueId, std::string> names;
  for (const Node& node : before.nodes) names[node.output] = node.name;
  for (const Node& node : after.nodes) {
    const auto old = names.find(node.output);
    if (old == names.end()) continue;
    EXPECT_EQ(node.name, old->second);
  }
}

}  // namespace

void expect_equal_networks(const Graph& before, const Graph& after, std::uint64_t seed, double tolerance) {
  ASSERT_NO_THROW(validate(after));
  expect_names_kept(before, after);
  const Run expected = run(before, seed), ours = run(after, seed);
  ASSERT_EQ(ours.outputs.size(), expected.outputs.size());
  for (std::size_t k = 0; k < ours.outputs.size(); ++k)
    expect_near(ours.outputs[k], expected.outputs[k], tolerance, before.outputs[k].name);
  EXPECT_EQ(ours.updates, expected.updates);
  ASSERT_EQ(ours.gradients.size(), expected.gradients.size());
  for (const auto& [name, gradient] : expected.gradients)
    expect_near(ours.gradients.at(name), gradient, tolerance, name);
}

}  // namespace seg::testing
