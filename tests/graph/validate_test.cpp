// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "graph/builder.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

Graph sound_graph() {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {}), {.out_channels = 2, .bias = true});
  g.output("out", g.add(x, g.relu(x)));
  return g.build();
}

void expect_refused(const std::function<void(Graph&)>& damage, const std::string& where, const std::string& what) {
  Graph graph = sound_graph();
  damage(graph);
  try {
    validate(graph);
    ADD_FAILURE() << "not refused: " << what;
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find(where), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
  }
}

Node& node_of(Graph& graph, const std::string& name) { return const_cast<Node&>(find_node(graph, name)); }

TEST(Validate, AcceptsWhatTheBuilderMakes) {
  EXPECT_NO_THROW(validate(sound_graph()));
  for (std::uint64_t seed = 0; seed < 100; ++seed) EXPECT_NO_THROW(validate(testing::random_graph(seed)));
}

TEST(Validate, RefusesReadingWhatIsNotWrittenYet) {
  expect_refused([](Graph& g) { std::swap(g.nodes.front(), g.nodes.back()); }, "add", "nobody wrote");
  expect_refused([](Graph& g) { node_of(g, "relu").inputs[0] = 99; }, "relu", "nobody wrote");
  expect_refused([](Graph& g) { node_of(g, "relu").inputs[0] = kNoValue; }, "relu", "nobody wrote");
}

TEST(Validate, RefusesASecondWriter) {
  expect_refused([](Graph& g) { node_of(g, "add").output = node_of(g, "relu").output; }, "add", "second time");
}

TEST(Validate, RefusesAValueOutsideOfTheGraph) {
  expect_refused([](Graph& g) { node_of(g, "add").output = g.num_values; }, "add", "does not have");
}

TEST(Validate, RefusesTwoNodesOfOneName) {
  expect_refused([](Graph& g) { node_of(g, "add").name = "relu"; }, "relu", "two nodes");
  expect_refused([](Graph& g) { node_of(g, "add").name.clear(); }, "?", "without a name");
}

TEST(Validate, RefusesOptionsOfAnotherOperation) {
  expect_refused([](Graph& g) { node_of(g, "relu").options = PoolOptions{}; }, "relu", "another operation");
}

TEST(Validate, RefusesAWrongNumberOfInputs) {
  expect_refused([](Graph& g) { node_of(g, "add").inputs.pop_back(); }, "add", "1 inputs");
  expect_refused([](Graph& g) { node_of(g, "conv").inputs[2] = kNoValue; }, "conv", "bias");
}

TEST(Validate, RefusesOutputsThatAreNotThereOrDouble) {
  expect_refused([](Graph& g) { g.outputs[0].value = g.num_values; }, "out", "nobody wrote");
  expect_refused([](Graph& g) { g.outputs.push_back(g.outputs[0]); }, "out", "two outputs");
}

}  // namespace
}  // namespace seg
