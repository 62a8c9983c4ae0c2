// SPDX-License-Identifier: Apache-2.0
// A whole point head, trained and refining maps, against Python's torch.
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/network.h"
#include "graph/builder.h"
#include "graph/passes.h"
#include "graph/point_rend.h"
#include "models/point_head.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::Oracle;
using testing::relative_error;

constexpr std::int64_t kClasses = 5, kFine = 6;

// Of one convolution for each of the two maps.
Graph small_network(PointPadding padding) {
  GraphBuilder g;
  const Value image = g.input("image", {});
  const Value fine =
      g.convolution("fine", image, {.out_channels = kFine, .kernel = 4, .stride = 4, .padding = 0, .bias = true});
  const Value coarse =
      g.convolution("coarse", image, {.out_channels = kClasses, .kernel = 8, .stride = 8, .padding = 0, .bias = true});
  g.output("logits", coarse, {.upsample = {.factor = 8}});
  point_head(g, coarse, fine, padding);
  return g.build();
}

ParameterStore store_of(const Graph& graph, at::ScalarType type) {
  ParameterStore store(graph, {.type = type});
  NamedTensors tensors;
  for (const std::string& name : store.names())
    tensors.push_back({name, Oracle::get("point_rend").at("param:" + name)});
  EXPECT_TRUE(store.load(tensors).is_complete());
  return store;
}

NamedTensors inputs_of(const std::string& padding, at::ScalarType type) {
  const Oracle& oracle = Oracle::get("point_rend");
  return {{"image", oracle.at("image").to(type)},
          {"labels", oracle.at("labels")},
          {"points", oracle.at(padding + "/points").to(type)}};
}

struct Case {
  const char* name;
  PointPadding padding;
};
constexpr Case kCases[] = {{"border", PointPadding::border}, {"zeros", PointPadding::zeros}};

Graph trained(const Graph& network, const PointTraining& training) {
  return with_point_loss(with_losses(network, {.kind = LossKind::cross_entropy}), network, training);
}

const PointTraining kGiven{.has_given = true, .loss = {.kind = LossKind::cross_entropy, .weight = 0.7}};

TEST(PointRend, LossesAndAllGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  const Oracle& oracle = Oracle::get("point_rend");
  for (const Case& c : kCases) {
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
      SCOPED_TRACE(std::string(c.name) + " " + c10::toString(type));
      const double tolerance = type == at::kDouble ? 1e-10 : 2e-5;
      const Graph graph = trained(small_network(c.padding), kGiven);
      ParameterStore store = store_of(graph, type);
      Network network(graph, store);
      const std::vector<std::uint64_t> samples{4, 5};
      store.begin_step();
      const NamedTensors losses = network.forward_backward(inputs_of(c.name, type), {.sample_numbers = samples});
      store.end_step();
      const std::string prefix = std::string(c.name) + "/";
      EXPECT_LT(relative_error(*find_tensor(losses, "logits"), oracle.at(prefix + "main")), tolerance);
      EXPECT_LT(relative_error(*find_tensor(losses, "points"), oracle.at(prefix + "loss")), tolerance);
      for (const std::string& name : store.names())
        EXPECT_LT(relative_error(store.gradient(name), oracle.at(prefix + "grad:" + name)), tolerance) << name;
    }
  }
}

TEST(PointRend, WhereAllPointsAreIgnoredLossAndGradientAreZero) {
  SEG_NEEDS_PYTHON();
  const Graph network = small_network(PointPadding::border);
  for (const bool chooses : {false, true}) {
    PointTraining training = kGiven;
    if (chooses) training = {.chosen = ChoosePointsOptions{.candidates = 60, .uncertain = 15, .uniform = 5}};
    const Graph graph = trained(network, training);
    ParameterStore store = store_of(graph, at::kFloat);
    Network run(graph, store);
    NamedTensors inputs = inputs_of("border", at::kFloat);
    inputs[1].tensor = at::full({2, 32, 64}, 255, at::TensorOptions(at::kByte));
    const std::vector<std::uint64_t> samples{4, 5};
    store.begin_step();
    const NamedTensors losses = run.forward_backward(inputs, {.sample_numbers = samples});
    store.end_step();
    EXPECT_EQ(find_tensor(losses, "points")->item<double>(), 0);
    for (const std::string& name : store.names()) EXPECT_EQ(store.gradient(name).abs().max().item<double>(), 0) << name;
  }
}

// Points are drawn by sample: what a step is made of does not move them.
TEST(PointRend, PartsOfABatchSeeThePointsOfTheWhole) {
  SEG_NEEDS_PYTHON();
  const Graph network = small_network(PointPadding::border);
  const Graph graph =
      trained(network, {.chosen = ChoosePointsOptions{.candidates = 90, .uncertain = 20, .uniform = 10}});
  ParameterStore store = store_of(graph, at::kFloat);
  Network run(graph, store);
  NamedTensors inputs = inputs_of("border", at::kFloat);
  inputs[1].tensor = inputs[1].tensor.clamp_max(kClasses - 1);  // as many valid points in each image
  const auto loss_of = [&](std::int64_t first, std::int64_t count, std::uint64_t seed) {
    NamedTensors part = inputs;
    for (NamedTensor& input : part) input.tensor = input.tensor.narrow(0, first, count);
    const std::vector<std::uint64_t> all{4, 5};
    store.begin_step();
    const NamedTensors losses = run.forward_backward(
        part,
        {.dropout_seed = seed,
         .sample_numbers = std::span(all).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count))});
    store.end_step();
    return find_tensor(losses, "points")->item<double>();
  };
  EXPECT_NEAR(loss_of(0, 2, 1), (loss_of(0, 1, 1) + loss_of(1, 1, 1)) / 2, 1e-5);
  EXPECT_NE(loss_of(0, 2, 1), loss_of(0, 2, 2));
  EXPECT_EQ(loss_of(0, 2, 1), loss_of(0, 2, 1));
}

at::Tensor refined(const Graph& network, ParameterStore& store, const Refinement& refinement, at::ScalarType type) {
  Network run(for_inference(with_refinement(network, refinement)), store, {.differentiate = false});
  return run.forward({{"image", Oracle::get("point_rend").at("image").to(type)}}, {.training = false}).front().tensor;
}

TEST(PointRend, RefinedMapsEqualPythons) {
  SEG_NEEDS_PYTHON();
  const Oracle& oracle = Oracle::get("point_rend");
  for (const Case& c : kCases) {
    const Graph network = small_network(c.padding);
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
      ParameterStore store = store_of(network, type);
      for (const char* name : {"automatic", "few", "all", "none"}) {
        SCOPED_TRACE(std::string(c.name) + " " + name + " " + c10::toString(type));
        const std::string prefix = std::string(c.name) + "/" + name;
        Refinement refinement{.steps = oracle.at(prefix + "/steps").item<std::int64_t>()};
        if (const auto count = oracle.at(prefix + "/count").item<std::int64_t>(); count > 0) refinement.points = count;
        const at::Tensor ours = refined(network, store, refinement, type), expected = oracle.at(prefix + "/map");
        ASSERT_EQ(ours.sizes(), expected.sizes());
        EXPECT_LT(ours.to(at::kDouble).sub(expected).abs().max().item<double>(), type == at::kDouble ? 1e-9 : 1e-3);
      }
    }
  }
}

TEST(PointRend, OfCellsThatAreAlikeTheFirstAreRefined) {
  SEG_NEEDS_PYTHON();
  const Oracle& oracle = Oracle::get("point_rend");
  const Graph network = small_network(PointPadding::border);
  for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
    ParameterStore store = store_of(network, type);
    at::Tensor weight = store.value("coarse.weight"), bias = store.value("coarse.bias");
    weight.zero_();
    bias.copy_(oracle.at("certain/bias"));
    const at::Tensor ours = refined(network, store, {.steps = 2, .points = 9}, type);
    EXPECT_LT(ours.to(at::kDouble).sub(oracle.at("certain/map")).abs().max().item<double>(), 1e-3);
  }
}

}  // namespace
}  // namespace seg
