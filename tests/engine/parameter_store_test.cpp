// SPDX-License-Identifier: Apache-2.0
#include "engine/parameter_store.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "graph/builder.h"
#include "models/model.h"

namespace seg {
namespace {

Graph bisenetv2() { return find_model("bisenetv2").build({.num_classes = 19}); }

Graph small_graph() {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 4});
  Value x = g.convolution("conv", image, {.out_channels = 6});
  x = g.batch_norm("bn", x);
  GraphBuilder head = g.with({.lr_multiplier = 10.0}).scope("head");
  head.output("logits", head.convolution("conv", x, {.out_channels = 3, .kernel = 1, .padding = 0, .bias = true}));
  return g.build();
}

void expect_each_in_one_group(const Graph& graph) {
  const ParameterStore store(graph, {.random = false});
  std::map<std::string, int> seen;
  std::int64_t numbers = 0;
  for (const ParameterGroup& group : store.groups()) {
    EXPECT_EQ(group.values.numel(), group.gradients.numel());
    numbers += group.values.numel();
    for (const std::string& name : group.names) ++seen[name];
  }
  EXPECT_EQ(numbers, store.values().numel());
  std::int64_t trainable = 0;
  for (const Node* node : parameters(graph)) {
    EXPECT_EQ(seen[node->name], is_trainable(*node) ? 1 : 0) << node->name;
    if (is_trainable(*node)) trainable += store.value(node->name).numel();
  }
  EXPECT_EQ(numbers, trainable);
}

TEST(ParameterStore, EveryTrainableNumberOfEveryNetworkAndHeadIsInExactlyOneGroup) {
  for (const Model* model : models()) {
    SCOPED_TRACE(model->name);
    expect_each_in_one_group(model->build({}));
    expect_each_in_one_group(model->build({.distance_head = true, .point_head = PointPadding::border}));
  }
}

TEST(ParameterStore, GroupsAreTheReferences) {
  const ParameterStore store(bisenetv2());
  ASSERT_EQ(store.groups().size(), 4U);  // (1, decays), (1, not), (10, decays), (10, not)
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(store.groups()[i].lr_multiplier, i < 2 ? 1.0 : 10.0);
    EXPECT_EQ(store.groups()[i].decays, i % 2 == 0);
    for (const std::string& name : store.groups()[i].names) {
      EXPECT_EQ(store.value(name).dim() == 4, i % 2 == 0) << name;
      EXPECT_EQ(name.starts_with("head") || name.starts_with("aux"), i >= 2) << name;
    }
  }
}

TEST(ParameterStore, AGroupIsTheNumbersOfItsParameters) {
  const ParameterStore store(bisenetv2());
  for (const ParameterGroup& group : store.groups()) {
    group.values.fill_(3);
    group.gradients.fill_(4);
    for (const std::string& name : group.names) {
      EXPECT_TRUE(store.value(name).eq(3).all().item<bool>());
      EXPECT_TRUE(store.gradient(name).eq(4).all().item<bool>());
      store.value(name).zero_();
    }
    EXPECT_TRUE(group.values.eq(0).all().item<bool>());
  }
}

TEST(ParameterStore, ValueAndGradientLieAlike) {
  const ParameterStore store(bisenetv2());
  for (const ParameterGroup& group : store.groups())
    for (const std::string& name : group.names) {
      EXPECT_EQ(store.value(name).strides(), store.gradient(name).strides()) << name;
      EXPECT_EQ(store.value(name).storage_offset(), store.gradient(name).storage_offset()) << name;
      if (store.value(name).dim() == 4) {
        EXPECT_TRUE(store.value(name).is_contiguous(at::MemoryFormat::ChannelsLast)) << name;
      }
    }
}

TEST(ParameterStore, InitialisesAsTheGraphSays) {
  ParameterStore store(bisenetv2());
  store.initialise(3);
  const at::Tensor& weight = store.value("head.conv.conv.weight");  // [1024,128,3,3]
  const auto* init = [&]() -> const ParameterOptions* {
    static const Graph graph = bisenetv2();
    return &options_of<ParameterOptions>(find_node(graph, "head.conv.conv.weight"));
  }();
  const double deviation = deviation_of(std::get<KaimingNormalInit>(init->init), init->shape);
  EXPECT_NEAR(weight.mean().item<double>() / deviation, 0.0, 0.01);
  EXPECT_NEAR(weight.std().item<double>() / deviation, 1.0, 0.01);
  EXPECT_TRUE(store.value("detail.S1.0.bn.running_var").eq(1).all().item<bool>());
  EXPECT_TRUE(store.value("detail.S1.0.bn.running_mean").eq(0).all().item<bool>());
  EXPECT_EQ(store.value("detail.S1.0.bn.num_batches_tracked").item<std::int64_t>(), 0);
}

TEST(ParameterStore, AnInitialValueDependsOnSeedAndNameOnly) {
  ParameterStore full(bisenetv2()), part(find_model("bisenetv2").build({.num_classes = 7}));
  full.initialise(5);
  part.initialise(5);
  EXPECT_TRUE(full.value("detail.S1.0.conv.weight").equal(part.value("detail.S1.0.conv.weight")));
  EXPECT_FALSE(full.value("detail.S1.1.conv.weight").equal(full.value("detail.S2.1.conv.weight")));
  const at::Tensor before = full.values().clone();
  full.initialise(6);
  EXPECT_FALSE(full.values().equal(before));
  full.initialise(5);
  EXPECT_TRUE(full.values().equal(before));
}

TEST(ParameterStore, GradientsReplaceThenAddAndWhatGotNoneIsZero) {
  ParameterStore store(small_graph());
  store.gradients().fill_(99);
  store.begin_step();
  store.accumulate("head.conv.bias", at::full({3}, 2.0));
  store.accumulate("head.conv.bias", at::full({3}, 1.0).to(at::kBFloat16));
  store.end_step();
  EXPECT_TRUE(store.gradient("head.conv.bias").eq(3).all().item<bool>());
  EXPECT_EQ(store.gradients().sum().item<double>(), 9.0);
}

TEST(ParameterStore, FilesHoldRowMajorCopiesAndComeBackBitForBit) {
  ParameterStore store(small_graph());
  store.initialise(1);
  store.counters().fill_(17);
  const NamedTensors file = store.named_tensors();
  ASSERT_EQ(file.size(), store.names().size());
  for (const NamedTensor& entry : file) {
    EXPECT_TRUE(entry.tensor.is_contiguous());
    EXPECT_TRUE(entry.tensor.equal(store.value(entry.name)));
  }
  ParameterStore other(small_graph());
  EXPECT_TRUE(other.load(file).is_complete());
  EXPECT_TRUE(other.values().equal(store.values()));
  EXPECT_TRUE(other.statistics().equal(store.statistics()));
  EXPECT_TRUE(other.counters().equal(store.counters()));
}

TEST(ParameterStore, LoadReportsWhatDidNotFit) {
  ParameterStore store(small_graph());
  const at::Tensor before = store.value("head.conv.weight").clone();
  const LoadReport report = store.load({{"conv.weight", at::ones({6, 4, 3, 3}, at::TensorOptions(at::kDouble))},
                                        {"head.conv.weight", at::ones({5, 6, 1, 1})},
                                        {"fc.weight", at::ones({2})}});
  EXPECT_EQ(report.num_loaded, 1);
  EXPECT_TRUE(store.value("conv.weight").eq(1).all().item<bool>());
  ASSERT_EQ(report.unexpected, std::vector<std::string>{"fc.weight"});
  ASSERT_EQ(report.mismatched.size(), 1U);
  EXPECT_EQ(report.mismatched[0].expected, (std::vector<std::int64_t>{3, 6, 1, 1}));
  EXPECT_EQ(report.mismatched[0].found, (std::vector<std::int64_t>{5, 6, 1, 1}));
  EXPECT_TRUE(store.value("head.conv.weight").equal(before));
  EXPECT_EQ(report.missing.size(), store.names().size() - 2);
  EXPECT_FALSE(report.is_complete());
}

TEST(ParameterStore, DrawsNoNumbersForWhoeverFillsItAnyway) {
  ParameterStore store(small_graph(), {.random = false});
  EXPECT_TRUE(store.values().eq(0).all().item<bool>());
  EXPECT_TRUE(store.statistics().eq(0).all().item<bool>());
  store.initialise(0);
  EXPECT_TRUE(store.values().equal(ParameterStore(small_graph()).values()));
}

TEST(ParameterStore, ForInferenceThereAreNoGradients) {
  const ParameterStore store(small_graph(), {.gradients = false});
  EXPECT_FALSE(store.gradients().defined());
  EXPECT_FALSE(store.groups().at(0).gradients.defined());
  EXPECT_TRUE(store.groups().at(0).values.defined());
}

}  // namespace
}  // namespace seg
