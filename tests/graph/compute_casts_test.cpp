// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "graph/passes.h"
#include "graph/plan.h"
#include "models/model.h"
#include "tests/graph/interpreter.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

Graph bisenetv2() { return find_model("bisenetv2").build({}); }

TEST(ComputeCasts, EveryConvolutionWorksInTheComputeTypeAndEveryNormKeepsFullParameters) {
  const Graph graph = with_compute_casts(with_losses(bisenetv2(), {}));
  validate(graph);
  const std::vector<NumberType> types = number_types(graph);
  const auto type = [&](ValueId v) { return types[static_cast<std::size_t>(v)]; };
  for (const Node& node : graph.nodes) {
    if (node.op == Op::convolution) {
      for (const ValueId input : node.inputs) {
        if (input == kNoValue) continue;
        EXPECT_EQ(type(input), NumberType::compute) << node.name;
      }
    }
    if (node.op == Op::batch_norm) {
      EXPECT_EQ(type(node.inputs[0]), NumberType::compute);
      for (std::size_t k = 1; k < 5; ++k) EXPECT_EQ(type(node.inputs[k]), NumberType::full);
    }
    if (node.op == Op::loss) {
      EXPECT_EQ(type(node.inputs[0]), NumberType::full);
    }
    if (node.op == Op::add || node.op == Op::mul) {
      EXPECT_EQ(type(node.inputs[0]), type(node.inputs[1])) << node.name;
    }
  }
}

TEST(ComputeCasts, MakeOneCopyOfEachWeight) {
  const Graph graph = with_compute_casts(bisenetv2());
  std::map<ValueId, int> copies;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::cast) ++copies[node.inputs[0]];
  }
  for (const auto& [value, count] : copies) EXPECT_EQ(count, 1) << value;
  for (const Node* parameter : parameters(graph)) {
    const ParameterRole role = options_of<ParameterOptions>(*parameter).role;
    const bool is_cast = role == ParameterRole::weight || role == ParameterRole::bias;
    EXPECT_EQ(copies.contains(parameter->output), is_cast) << parameter->name;
  }
}

TEST(ComputeCasts, HandOutFullPrecision) {
  for (const Graph& graph : {with_compute_casts(bisenetv2()), with_compute_casts(for_inference(bisenetv2()))}) {
    for (const Output& output : graph.outputs)
      EXPECT_EQ(number_types(graph)[static_cast<std::size_t>(output.value)], NumberType::full);
  }
}

TEST(ComputeCasts, NormalizeWritesTheComputeTypeItself) {
  const Graph graph =
      with_compute_casts(with_normalization(bisenetv2(), {.mean = {0.5, 0.5, 0.5}, .deviation = {0.5, 0.5, 0.5}}));
  EXPECT_EQ(options_of<NormalizeOptions>(find_node(graph, "image.normalize")).to, NumberType::compute);
  EXPECT_THROW(find_node(graph, "image.cast"), std::logic_error);
}

TEST(ComputeCasts, ChangeNoArithmetic) {
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    const Graph graph =
        with_losses(testing::random_graph(seed, {.for_losses = true}), {.kind = LossKind::cross_entropy});
    const Graph cast = with_compute_casts(graph);
    const testing::Arrays leaves = testing::random_leaves(graph, seed);
    const auto gradients = [&](const Graph& g) {
      testing::Interpreter interpreter(g, differentiate(g, Schedule::two_passes), testing::kRandomGraphInput);
      const auto outputs = interpreter.forward(leaves);
      interpreter.backward(outputs);
      return interpreter.gradients();
    };
    const testing::Arrays a = gradients(graph), b = gradients(cast);
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, array] : a) EXPECT_EQ(array.data, b.at(name).data) << name << " seed " << seed;
  }
}

}  // namespace
}  // namespace seg
