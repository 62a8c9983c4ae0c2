// SPDX-License-Identifier: Apache-2.0
#include "graph/graph.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "graph/builder.h"

namespace seg {
namespace {

TEST(Graph, EveryOperationHasItsOwnName) {
  std::set<std::string_view> names;
  for (int op = 0; op <= static_cast<int>(Op::loss); ++op) names.insert(name_of(static_cast<Op>(op)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Op::loss) + 1);
}

TEST(Graph, KaimingDeviationIsThatOfPyTorch) {
  const Shape weight{6, 4, 3, 3};
  EXPECT_DOUBLE_EQ(deviation_of({.fan = FanMode::out, .a = 0.0}, weight), std::sqrt(2.0 / 54.0));
  EXPECT_DOUBLE_EQ(deviation_of({.fan = FanMode::in, .a = 0.0}, weight), std::sqrt(2.0 / 36.0));
  EXPECT_DOUBLE_EQ(deviation_of({.fan = FanMode::in, .a = 1.0}, weight), std::sqrt(1.0 / 36.0));
}

TEST(Graph, ListsParametersInOrderAndTellsBuffersFromTrainableOnes) {
  GraphBuilder g;
  g.output("out", g.batch_norm("bn", g.convolution("conv", g.input("image", {}), {.out_channels = 2, .bias = true})));
  const Graph graph = g.build();
  std::vector<std::string> all, trainable;
  for (const Node* node : parameters(graph)) {
    all.push_back(node->name);
    if (is_trainable(*node)) trainable.push_back(node->name);
  }
  EXPECT_EQ(all, (std::vector<std::string>{"conv.weight", "conv.bias", "bn.weight", "bn.bias", "bn.running_mean",
                                           "bn.running_var", "bn.num_batches_tracked"}));
  EXPECT_EQ(trainable, (std::vector<std::string>{"conv.weight", "conv.bias", "bn.weight", "bn.bias"}));
}

TEST(Graph, KnowsTheTypeOfEveryValue) {
  Graph graph;
  const auto add = [&](Op op, std::vector<ValueId> inputs, Options options) {
    graph.nodes.push_back({op, std::to_string(graph.num_values), std::move(inputs), graph.num_values, options});
    return graph.num_values++;
  };
  const ValueId raw = add(Op::input, {}, InputOptions{.layout = InputLayout::interleaved, .type = NumberType::word});
  const ValueId map = add(Op::normalize, {raw}, NormalizeOptions{.to = NumberType::compute});
  const ValueId relu = add(Op::activation, {map}, ActivationOptions{});
  const ValueId full = add(Op::cast, {relu}, CastOptions{.to = NumberType::full});
  const ValueId classes = add(Op::argmax, {relu}, {});
  const ValueId tracked = add(Op::parameter, {}, ParameterOptions{.role = ParameterRole::num_batches_tracked});
  const ValueId loss = add(Op::loss, {relu, raw}, LossOptions{});
  const std::vector<NumberType> types = number_types(graph);
  const auto type = [&](ValueId v) { return types[static_cast<std::size_t>(v)]; };
  EXPECT_EQ(type(raw), NumberType::word);
  EXPECT_EQ(type(map), NumberType::compute);
  EXPECT_EQ(type(relu), NumberType::compute);
  EXPECT_EQ(type(full), NumberType::full);
  EXPECT_EQ(type(classes), NumberType::byte);
  EXPECT_EQ(type(tracked), NumberType::index);
  EXPECT_EQ(type(loss), NumberType::full);
}

TEST(Graph, FindsNodesByNameAndWritersByValue) {
  GraphBuilder g;
  const Value image = g.input("image", {});
  g.output("out", g.scope("a").relu(image));
  const Graph graph = g.build();
  EXPECT_EQ(find_node(graph, "a.relu").op, Op::activation);
  EXPECT_THROW(find_node(graph, "relu"), std::logic_error);
  EXPECT_EQ(writers(graph)[static_cast<std::size_t>(image.id)]->name, "image");
}

}  // namespace
}  // namespace seg
