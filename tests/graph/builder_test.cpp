// SPDX-License-Identifier: Apache-2.0
#include "graph/builder.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

namespace seg {
namespace {

std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  return names;
}

TEST(GraphBuilder, NamesNodesByScopeAndNumbersNamesakes) {
  GraphBuilder g;
  GraphBuilder a = g.scope("a"), b = a.scope("b");
  Value x = g.input("image", {.channels = 2});
  x = b.relu(a.relu(b.relu(x)));
  x = a.relu(x);
  g.output("out", x);
  EXPECT_EQ(node_names(g.build()), (std::vector<std::string>{"image", "a.b.relu", "a.relu", "a.b.relu_2", "a.relu_2"}));
}

TEST(GraphBuilder, AddsNoNodeForAnOperationThatWouldReturnItsInput) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 2});
  const Value small = g.global_pool(image);
  EXPECT_EQ(g.dropout(image, 0.0).id, image.id);
  EXPECT_EQ(g.upsample(image, {.factor = 1}).id, image.id);
  EXPECT_EQ(g.upsample_like(small, small, {}).id, small.id);
  EXPECT_EQ(g.concat({image}).id, image.id);
  EXPECT_EQ(g.slice(image, {.begin = 0, .length = 2}).id, image.id);
  EXPECT_EQ(g.max_pool(image, {.kernel = 1, .stride = 1, .padding = 0}).id, image.id);
  EXPECT_EQ(g.global_pool(small).id, small.id);
  g.output("out", small);
  EXPECT_EQ(g.build().nodes.size(), 2u);
}

TEST(GraphBuilder, PutsTheOperandOfOnePixelSecond) {
  for (const bool is_add : {true, false}) {
    GraphBuilder g;
    const Value map = g.input("image", {.channels = 2}), small = g.global_pool(map);
    const auto join = [&](Value a, Value b) { return is_add ? g.add(a, b) : g.mul(a, b); };
    const Value first = join(small, map), second = join(map, small), third = join(small, small);
    EXPECT_FALSE(first.is_1x1);
    EXPECT_FALSE(second.is_1x1);
    EXPECT_TRUE(third.is_1x1);
    g.output("out", first);
    const Graph graph = g.build();
    for (const Value v : {first, second}) {
      const Node& node = *writers(graph)[static_cast<std::size_t>(v.id)];
      EXPECT_EQ(node.inputs, (std::vector<ValueId>{map.id, small.id}));
      EXPECT_TRUE(options_of<ElementwiseOptions>(node).second_is_1x1);
    }
    EXPECT_FALSE(options_of<ElementwiseOptions>(*writers(graph)[static_cast<std::size_t>(third.id)]).second_is_1x1);
  }
}

TEST(GraphBuilder, HandsDefaultsOfAScopeToItsParameters) {
  GraphBuilder g({.convolution_weight = KaimingNormalInit{.fan = FanMode::out}});
  ParameterDefaults fast = g.defaults();
  fast.lr_multiplier = 10.0;
  GraphBuilder head = g.scope("head").with(fast).scope("inner");
  Value x = g.convolution("body", g.input("image", {}), {.out_channels = 2});
  x = head.batch_norm("bn", head.convolution("conv", x, {.out_channels = 2, .bias = true}), {.initial_scale = 0.0});
  g.output("out", x);
  const Graph graph = g.build();
  const auto options = [&](const char* name) { return options_of<ParameterOptions>(find_node(graph, name)); };
  EXPECT_EQ(options("body.weight").lr_multiplier, 1.0);
  for (const char* name : {"head.inner.conv.weight", "head.inner.conv.bias", "head.inner.bn.weight"})
    EXPECT_EQ(options(name).lr_multiplier, 10.0) << name;
  EXPECT_EQ(std::get<KaimingNormalInit>(options("head.inner.conv.weight").init).fan, FanMode::out);
  EXPECT_EQ(std::get<ConstantInit>(options("head.inner.bn.weight").init).value, 0.0);
  EXPECT_EQ(std::get<ConstantInit>(options("head.inner.bn.running_var").init).value, 1.0);
  EXPECT_TRUE(options("body.weight").decays);
  EXPECT_FALSE(options("head.inner.conv.bias").decays);
  EXPECT_FALSE(options("head.inner.bn.weight").decays);
}

TEST(GraphBuilder, RefusesMistakesOfAModelByPath) {
  const auto expect_refused = [](const std::function<void(GraphBuilder&, Value)>& mistake, const std::string& path) {
    GraphBuilder g;
    GraphBuilder own = g.scope("here");
    const Value image = g.input("image", {.channels = 3});
    try {
      mistake(own, image);
      ADD_FAILURE() << "not refused";
    } catch (const std::logic_error& error) {
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
  };
  expect_refused([](auto& g, Value x) { g.convolution("conv", x, {.out_channels = 4, .groups = 2}); }, "here.conv");
  expect_refused([](auto& g, Value x) { g.convolution("conv", x, {.out_channels = 0}); }, "here.conv");
  expect_refused([](auto& g, Value x) { g.convolution("conv", g.global_pool(x), {.out_channels = 1, .padding = 0}); },
                 "here.conv");
  expect_refused([](auto& g, Value x) { g.add(x, g.slice(x, {.begin = 0, .length = 1})); }, "here.add");
  expect_refused([](auto& g, Value x) { g.concat({x, g.global_pool(x)}); }, "here.concat");
  expect_refused([](auto& g, Value) { g.concat({}); }, "here.concat");
  expect_refused([](auto& g, Value x) { g.slice(x, {.begin = 2, .length = 2}); }, "here.slice");
  expect_refused([](auto& g, Value x) { g.max_pool(x, {.kernel = 3, .stride = 2, .padding = 2}); }, "here.max_pool");
  expect_refused([](auto& g, Value x) { g.max_pool(x, {.kernel = 17}); }, "here.max_pool");
  expect_refused([](auto& g, Value x) { g.average_pool(g.global_pool(x), {}); }, "here.average_pool");
  expect_refused([](auto& g, Value x) { g.upsample(x, {.factor = 0}); }, "here.upsample");
  expect_refused([](auto& g, Value x) { g.dropout(x, 1.0); }, "here.dropout");
  expect_refused([](auto& g, Value x) { g.argmax(g.convolution("c", x, {.out_channels = 257})); }, "here.argmax");
  expect_refused([](auto& g, Value x) { g.batch_norm("bn", g.batch_norm("bn", x)); }, "here.bn");
  expect_refused([](auto& g, Value) { g.input("image", {.channels = 0}); }, "here.image");
  expect_refused(
      [](auto& g, Value x) {
        g.output("out", x);
        g.output("out", x);
      },
      "here.out");
  expect_refused([](auto& g, Value) { g.build(); }, "no output");
  expect_refused(
      [](auto&, Value x) {
        GraphBuilder other;
        other.scope("here").relu({.id = x.id + 7, .channels = 3});
      },
      "here.relu");
}

}  // namespace
}  // namespace seg
