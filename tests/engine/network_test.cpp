// SPDX-License-Identifier: Apache-2.0
#include "engine/network.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <new>
#include <set>

#include "base/error.h"
#include "engine/full_resolution.h"
#include "engine/kernels/kernel.h"
#include "engine/memory.h"
#include "graph/builder.h"
#include "graph/memory_plan.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "models/model.h"
#include "telemetry/phases.h"
#include "tests/engine/support/oracle.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

using testing::Oracle;
using testing::relative_error;

constexpr std::int64_t kClasses = 19;

constexpr const char* kModels[] = {"bisenetv1", "bisenetv2"};

Graph network_of(const std::string& model, double dropout = 0.0) {
  return find_model(model).build({.num_classes = kClasses, .dropout = dropout});
}
Graph bisenetv2(double dropout = 0.0) { return network_of("bisenetv2", dropout); }

Graph with_ohem(const Graph& graph) { return with_losses(graph, {}); }

void load_parameters(ParameterStore& store, const Oracle& oracle) {
  NamedTensors file;
  for (const auto& [name, tensor] : oracle.tensors())
    if (name.starts_with("param:")) file.push_back({name.substr(6), tensor});
  ASSERT_TRUE(store.load(file).is_complete());
}

NamedTensors inputs_of(const Oracle& oracle, at::ScalarType type) {
  return {{"image", oracle.at("image").to(type).contiguous(at::MemoryFormat::ChannelsLast)},
          {"labels", oracle.at("labels")}};
}

double sum_of(const NamedTensors& losses) {
  double sum = 0;
  for (const NamedTensor& loss : losses) sum += loss.tensor.item<double>();
  return sum;
}

// What is compared with Python, and how closely.
struct Precision {
  std::string name;
  at::ScalarType type;
  double tolerance;  // of outputs, loss and buffers
};
const Precision kDouble{"f64", at::kDouble, 1e-12};
const Precision kFloat{"f32", at::kFloat, 2e-5};

// In fp64.
void expect_gradients(const ParameterStore& store, const Oracle& oracle) {
  constexpr double kTolerance = 1e-10;
  double squared = 0, squared_difference = 0;
  std::vector<std::pair<std::string, at::Tensor>> expected;
  for (const ParameterGroup& group : store.groups())
    for (const std::string& name : group.names)
      expected.emplace_back(name, oracle.at("f64/grad:" + name).to(at::kDouble));
  EXPECT_EQ(expected.size(), std::ranges::count_if(oracle.tensors(), [&](const auto& named) {
              return named.first.starts_with("f64/grad:");
            }));
  for (const auto& [name, gradient] : expected) {
    squared += gradient.square().sum().item<double>();
    squared_difference += store.gradient(name).to(at::kDouble).sub(gradient).square().sum().item<double>();
  }
  for (const auto& [name, gradient] : expected) {
    // A shift that a later BatchNorm cancels has gradient zero: its rounding noise has no relative error.
    if (gradient.norm().item<double>() < 1e-6 * std::sqrt(squared)) continue;
    EXPECT_LT(relative_error(store.gradient(name), gradient), kTolerance) << name;
  }
  EXPECT_LT(std::sqrt(squared_difference / squared), kTolerance / 5);
}

void expect_training_equal_to_python(const std::string& model, const Precision& precision, Schedule schedule,
                                     const PassRequest& passes = {{"none"}}) {
  const Oracle& oracle = Oracle::get("network", model);
  const Graph graph = with_passes(with_ohem(network_of(model)), choose_passes(passes, {}));
  ParameterStore store(graph, {.type = precision.type});
  load_parameters(store, oracle);
  Network network(graph, store, {.compute = precision.type, .schedule = schedule});
  const double expected_loss = oracle.at(precision.name + "/loss").item<double>();
  // Twice with the same batch: nothing may be left over, nothing overwritten.
  for (int run = 0; run < 2; ++run) {
    store.begin_step();
    const NamedTensors losses = network.forward_backward(inputs_of(oracle, precision.type), {});
    store.end_step();
    EXPECT_EQ(losses.size(), graph.outputs.size());
    EXPECT_NEAR(sum_of(losses) / expected_loss, 1.0, precision.tolerance);
    // Those of fp32 have a test of their own.
    if (precision.type == at::kDouble) expect_gradients(store, oracle);
    if (run > 0) continue;
    for (const std::string& name : store.names())
      if (oracle.has(precision.name + "/after:" + name)) {
        EXPECT_LT(relative_error(store.value(name), oracle.at(precision.name + "/after:" + name)), precision.tolerance)
            << name;
      }
  }
}

TEST(Network, TrainingEqualsPythonAutogradInFp64) {
  SEG_NEEDS_PYTHON();
  for (const char* model : kModels)
    for (const Schedule schedule : {Schedule::two_passes, Schedule::earliest})
      expect_training_equal_to_python(model, kDouble, schedule);
}

TEST(Network, TrainingEqualsPythonAutogradInFp32) {
  SEG_NEEDS_PYTHON();
  for (const char* model : kModels)
    for (const Schedule schedule : {Schedule::two_passes, Schedule::earliest})
      expect_training_equal_to_python(model, kFloat, schedule);
}

TEST(Network, TrainingWithAllPassesEqualsPythonAutograd) {
  SEG_NEEDS_PYTHON();
  for (const char* model : kModels)
    expect_training_equal_to_python(model, kDouble, Schedule::earliest, {{"auto", "phase_convolution"}});
}

// Of all parameters together, in fp32, against Python's in fp64.
double python_gradient_error(const Oracle& oracle, const ParameterStore& store, bool is_ours) {
  double squared = 0, squared_difference = 0;
  for (const ParameterGroup& group : store.groups())
    for (const std::string& name : group.names) {
      const at::Tensor exact = oracle.at("f64/grad:" + name);
      const at::Tensor gradient = is_ours ? store.gradient(name) : oracle.at("f32/grad:" + name);
      squared += exact.square().sum().item<double>();
      squared_difference += gradient.to(at::kDouble).sub(exact).square().sum().item<double>();
    }
  return std::sqrt(squared_difference / squared);
}

// Sums in another order are other fp32 numbers, and BatchNorms amplify that: the yardstick is Python's own error.
TEST(Network, GradientsWithAnyPassesAreAsNearToFp64AsPythons) {
  SEG_NEEDS_PYTHON();
  // Winograd's sums of a layer are some five times as far from exact ones as sums as written.
  const std::vector<std::pair<std::string, double>> allowed = {
      {"none", 2}, {"fuse_batch_norm", 2}, {"phase_convolution", 2}, {"-winograd_convolution", 2}, {"auto", 20}};
  for (const char* model : kModels)
    for (const auto& [passes, factor] : allowed) {
      const Oracle& oracle = Oracle::get("network", model);
      const Graph graph = with_passes(with_ohem(network_of(model)), choose_passes({{passes}}, {}));
      ParameterStore store(graph);
      load_parameters(store, oracle);
      store.begin_step();
      Network(graph, store).forward_backward(inputs_of(oracle, at::kFloat), {});
      store.end_step();
      const double ours = python_gradient_error(oracle, store, true);
      EXPECT_LT(ours, factor * python_gradient_error(oracle, store, false)) << model << " " << passes;
    }
}

void expect_outputs_equal_to_python(const std::string& model, const Precision& precision) {
  const Oracle& oracle = Oracle::get("network", model);
  const Graph graph = network_of(model);
  ParameterStore store(graph, {.type = precision.type});
  load_parameters(store, oracle);
  Network training(graph, store, {.compute = precision.type});
  const NamedTensors inputs = inputs_of(oracle, precision.type);
  const NamedTensors outputs = training.forward({inputs[0]}, {});
  ASSERT_EQ(outputs.size(), graph.outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const at::Tensor& expected = oracle.at(precision.name + "/output:" + outputs[i].name);
    const at::Tensor full = full_resolution(outputs[i].tensor, graph.outputs[i], expected.size(2), expected.size(3));
    EXPECT_LT(relative_error(full, expected), precision.tolerance) << outputs[i].name;
  }
  // Now the running statistics are those that Python's evaluation used.
  Network evaluation(for_inference(graph), store, {.compute = precision.type, .differentiate = false});
  const NamedTensors evaluated = evaluation.forward({inputs[0]}, {.training = false});
  ASSERT_EQ(evaluated.size(), 1U);
  const at::Tensor& expected = oracle.at(precision.name + "/evaluation");
  const at::Tensor full =
      full_resolution(evaluated[0].tensor, evaluation.graph().outputs[0], expected.size(2), expected.size(3));
  EXPECT_LT(relative_error(full, expected), precision.tolerance);
}

// A network whose statistics are not those of its first day.
ParameterStore trained_a_little(const Graph& graph, at::ScalarType type) {
  ParameterStore store(graph, {.type = type});
  const at::Tensor image = at::randn({2, 3, 64, 64}, at::TensorOptions(type));
  Network training(graph, store, {.compute = type, .differentiate = false});
  for (int i = 0; i < 10; ++i) training.forward({{"image", image}});
  return store;
}

at::Tensor evaluated(const Graph& graph, ParameterStore& store, const at::Tensor& image) {
  return Network(graph, store, {.compute = store.type(), .differentiate = false})
      .forward({{"image", image}}, {.training = false})[0]
      .tensor;
}

TEST(Network, FoldedItGivesWhatItGave) {
  for (const char* model : kModels) {
    const Graph graph = for_inference(network_of(model));
    const Graph folded = with_passes(graph, choose_passes({}, {}));
    for (const auto& [type, tolerance] : {std::pair(at::kDouble, 1e-12), std::pair(at::kFloat, 1e-4)}) {
      ParameterStore store = trained_a_little(network_of(model), type);
      const at::Tensor image = at::randn({1, 3, 96, 64}, at::TensorOptions(type));
      EXPECT_LT(relative_error(evaluated(folded, store, image), evaluated(graph, store, image)), tolerance) << model;
    }
  }
}

// In bf16 every layer rounds: folded, a layer rounds once instead of twice.
TEST(Network, FoldedInBf16ItIsNoFartherFromExactThanUnfolded) {
  const Graph graph = for_inference(network_of("bisenetv2"));
  const Graph folded = with_passes(graph, choose_passes({}, {}));
  ParameterStore store = trained_a_little(network_of("bisenetv2"), at::kFloat);
  const at::Tensor image = at::randn({1, 3, 96, 64});
  const at::Tensor exact = evaluated(graph, store, image);
  const auto error_of = [&](const Graph& form) {
    Network network(with_compute_casts(form), store, {.compute = at::kBFloat16, .differentiate = false});
    return relative_error(network.forward({{"image", image}}, {.training = false})[0].tensor, exact);
  };
  EXPECT_LT(error_of(folded), 1.2 * error_of(graph));
}

TEST(Network, SteadyParametersAreFoldedOnceAndOthersEachTime) {
  const Graph graph = with_passes(for_inference(bisenetv2()), choose_passes({}, {}));
  ParameterStore store(bisenetv2());
  const at::Tensor image = at::randn({1, 3, 64, 64});
  Network network(graph, store, {.differentiate = false});
  const auto run = [&] { return network.forward({{"image", image}}, {.training = false})[0].tensor; };
  const at::Tensor before = run(), weight = store.value("detail.S1.0.conv.weight");  // of a convolution that is folded
  const std::int64_t peak = network.peak_slot_bytes();
  {
    const auto steady = network.steady_parameters();
    EXPECT_TRUE(run().equal(before));
    weight.neg_();  // against the promise: nobody looks
    EXPECT_TRUE(run().equal(before));
    EXPECT_EQ(network.peak_slot_bytes(), peak);
    EXPECT_EQ(plan_memory(graph, network.plan(), {.images = 1, .height = 64, .width = 64}, {}).peak_bytes, peak);
  }
  EXPECT_FALSE(run().equal(before));
  weight.neg_();
  EXPECT_TRUE(run().equal(before));
}

TEST(Network, OutputsEqualPythonInTrainingAndEvaluation) {
  SEG_NEEDS_PYTHON();
  for (const char* model : kModels) {
    expect_outputs_equal_to_python(model, kDouble);
    expect_outputs_equal_to_python(model, kFloat);
  }
}

// Losses above the outputs, as with autograd: the same gradients as with losses inside the graph.
TEST(Network, BackwardFromOutputGradientsEqualsLossesInside) {
  const Graph graph = bisenetv2(), inside = with_ohem(graph);
  ParameterStore store(graph, {.type = at::kDouble});
  const at::Tensor image = at::randn({2, 3, 64, 64}, at::TensorOptions(at::kDouble));
  const at::Tensor labels = at::randint(0, kClasses, {2, 64, 64}, at::TensorOptions(at::kByte));
  Network whole(inside, store, {.compute = at::kDouble});
  store.begin_step();
  whole.forward_backward({{"image", image}, {"labels", labels}}, {});
  store.end_step();
  const at::Tensor expected = store.gradients().clone();

  Network body(graph, store, {.compute = at::kDouble});
  store.begin_step();
  const NamedTensors outputs = body.forward({{"image", image}});
  std::vector<at::Tensor> gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Node node{.op = Op::loss,
                    .name = "loss",
                    .inputs = {0, 1},
                    .output = 2,
                    .options = LossOptions{.upsample = graph.outputs[i].upsample}};
    const std::vector<at::Tensor> reads = {outputs[i].tensor, labels};
    const std::vector<std::uint8_t> wanted = {1, 1};
    gradients.push_back(kernels_of(Op::loss).cpu_forward({node, reads, {}, wanted, false, {}})[1]);
  }
  std::set<std::string> ready;
  body.backward(std::move(gradients), [&](const std::string& name) { EXPECT_TRUE(ready.insert(name).second); });
  store.end_step();
  EXPECT_EQ(ready.size(), 197U);
  EXPECT_LT(relative_error(store.gradients(), expected), 1e-12);
}

struct RandomBatch {
  explicit RandomBatch(std::int64_t images, std::int64_t height = 64, std::int64_t width = 64)
      : image(at::randint(0, 256, {images, height, width, 3}, at::TensorOptions(at::kByte))),
        labels(at::randint(0, kClasses, {images, height, width}, at::TensorOptions(at::kByte))) {
    for (std::int64_t i = 0; i < images; ++i) numbers.push_back(static_cast<std::uint64_t>(i) + 100);
  }
  NamedTensors inputs() const { return {{"image", image}, {"labels", labels}}; }
  RunValues values() const { return {.dropout_seed = 7, .sample_numbers = numbers}; }
  at::Tensor image, labels;
  std::vector<std::uint64_t> numbers;
};

Graph training_graph(double dropout) {
  const Normalization normalization{.mean = {0.3, 0.4, 0.5}, .deviation = {0.2, 0.2, 0.2}};
  return with_ohem(with_normalization(bisenetv2(dropout), normalization));
}

at::Tensor gradients_of(Network& network, ParameterStore& store, const RandomBatch& batch) {
  store.begin_step();
  network.forward_backward(batch.inputs(), batch.values());
  store.end_step();
  return store.gradients().clone();
}

TEST(Network, OneAfterAnotherOfAnyShape) {
  const Graph graph = training_graph(0.1);
  ParameterStore store(graph);
  Network network(graph, store);
  const RandomBatch first(2), second(1, 96, 32), third(3, 64, 128);
  const at::Tensor expected = gradients_of(network, store, first);
  gradients_of(network, store, second);
  gradients_of(network, store, third);
  EXPECT_TRUE(gradients_of(network, store, first).equal(expected));
}

TEST(Network, BothSchedulesGiveTheSameBits) {
  const Graph graph = training_graph(0.1);
  ParameterStore store(graph);
  Network earliest(graph, store, {.schedule = Schedule::earliest});
  Network two_passes(graph, store, {.schedule = Schedule::two_passes});
  const RandomBatch batch(2);
  EXPECT_TRUE(gradients_of(earliest, store, batch).equal(gradients_of(two_passes, store, batch)));
  EXPECT_LT(earliest.peak_slot_bytes(), two_passes.peak_slot_bytes());
}

// Made again, a result has the bits that it had.
TEST(Network, RecomputedNormsMoveNoGradient) {
  const Graph graph = fuse_batch_norm(training_graph(0.1)), again = with_recomputed_norms(graph);
  ParameterStore store(graph);
  Network holding(graph, store), recomputing(again, store);
  const RandomBatch batch(2);
  EXPECT_TRUE(gradients_of(holding, store, batch).equal(gradients_of(recomputing, store, batch)));
  EXPECT_LT(recomputing.peak_slot_bytes(), holding.peak_slot_bytes());
}

TEST(Network, HoldsTheBytesThatTheMemoryPlanForetells) {
  for (const bool half : {false, true})
    for (const Schedule schedule : {Schedule::two_passes, Schedule::earliest}) {
      const Graph full = with_recomputed_norms(training_graph(0.1)), graph = half ? with_compute_casts(full) : full;
      ParameterStore store(graph);
      Network network(graph, store, {.compute = half ? at::kBFloat16 : at::kFloat, .schedule = schedule});
      gradients_of(network, store, RandomBatch(2, 64, 96));
      const MemoryPlan plan = plan_memory(network.graph(), network.plan(), {.images = 2, .height = 64, .width = 96},
                                          {.full = 4, .compute = half ? 2 : 4});
      EXPECT_EQ(network.peak_slot_bytes(), plan.peak_bytes);
    }
}

TEST(Network, Bf16StaysNearFp32) {
  const Graph graph = training_graph(0.0);
  ParameterStore store(graph);
  const RandomBatch batch(2);
  Network full(graph, store);
  Network half(with_compute_casts(graph), store, {.compute = at::kBFloat16});
  store.begin_step();
  const double expected = sum_of(full.forward_backward(batch.inputs(), batch.values()));
  store.begin_step();
  EXPECT_NEAR(sum_of(half.forward_backward(batch.inputs(), batch.values())) / expected, 1.0, 0.02);
  store.end_step();
  EXPECT_TRUE(store.gradients().isfinite().all().item<bool>());
}

TEST(Network, EveryGradientIsReadyOnceAndAfterItsLastContribution) {
  const Graph graph = training_graph(0.0);
  ParameterStore store(graph);
  Network network(graph, store);
  const RandomBatch batch(1);
  std::map<std::string, at::Tensor> at_that_time;
  store.begin_step();
  network.forward_backward(batch.inputs(), batch.values(), [&](const std::string& name) {
    EXPECT_FALSE(at_that_time.contains(name)) << name;
    at_that_time[name] = store.gradient(name).clone();
  });
  store.end_step();
  EXPECT_EQ(at_that_time.size(), 197U);
  for (const auto& [name, gradient] : at_that_time) EXPECT_TRUE(gradient.equal(store.gradient(name))) << name;
}

TEST(Network, GradientsOfMicroBatchesAddUpByTheirShares) {
  const Graph graph = training_graph(0.1);
  ParameterStore store(graph, {.type = at::kDouble});
  Network network(graph, store, {.compute = at::kDouble});
  const RandomBatch first(2), second(2);
  const at::Tensor alone =
      gradients_of(network, store, first).mul(0.25).add_(gradients_of(network, store, second).mul(0.75));
  store.begin_step();
  for (const auto& [batch, share] : {std::pair(&first, 0.25), std::pair(&second, 0.75)}) {
    RunValues values = batch->values();
    values.loss_weight = share;
    network.forward_backward(batch->inputs(), values);
  }
  store.end_step();
  EXPECT_LT(relative_error(store.gradients(), alone), 1e-12);
}

TEST(Network, AfterAFailureItRunsAgainAsIfNothingHadHappened) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  const Graph graph = training_graph(0.1);
  ParameterStore store(graph);
  Network network(graph, store);
  const RandomBatch batch(4, 128, 128);
  const at::Tensor expected = gradients_of(network, store, batch);
  Arena& arena = *installed_arena();
  const std::size_t in_use = arena.statistics().in_use;
  for (const std::size_t room : {std::size_t{4} << 20, std::size_t{30} << 20, std::size_t{60} << 20}) {
    arena.set_cap(in_use + room);
    EXPECT_THROW(gradients_of(network, store, batch), std::bad_alloc) << room;
    EXPECT_EQ(arena.statistics().in_use, in_use);
    arena.set_cap(0);
    EXPECT_TRUE(gradients_of(network, store, batch).equal(expected));
  }
}

TEST(Network, TellsTheTimeOfForwardLossAndBackwardApart) {
  for (const Schedule schedule : {Schedule::two_passes, Schedule::earliest}) {
    const Graph graph = training_graph(0.0);
    ParameterStore store(graph);
    PhaseTimer timer;
    Network network(graph, store, {.schedule = schedule, .phases = &timer});
    const RandomBatch batch(1);
    const PhaseSeconds before = timer.snapshot();
    timer.timed(Phase::other, [&] { gradients_of(network, store, batch); });
    const PhaseSeconds spent = timer.snapshot() - before;
    for (const Phase phase : {Phase::forward, Phase::loss, Phase::backward}) EXPECT_GT(spent[phase], 0.0);
    EXPECT_LT(spent[Phase::other], 0.2 * spent.total());
  }
}

// A crop of 32 pixels is a 1x1 map at the strides of 32.
TEST(Network, SaysOnceHowManyBatchNormsSeeASingleValue) {
  testing::RecordingLog log;
  const Graph graph = training_graph(0.0);
  ParameterStore store(graph);
  Network network(graph, store, {.log = &log});
  gradients_of(network, store, RandomBatch(2, 32, 32));
  EXPECT_TRUE(log.texts.empty());
  for (int i = 0; i < 2; ++i) gradients_of(network, store, RandomBatch(1, 32, 32));
  ASSERT_EQ(log.texts.size(), 1U);
  const auto num_layers = std::ranges::count(graph.nodes, Op::batch_norm, &Node::op);
  std::ptrdiff_t num_single = 0;
  const std::vector<Shape> maps = shapes(graph, {.images = 1, .height = 32, .width = 32});
  for (const Node& node : graph.nodes) {
    if (node.op != Op::batch_norm) continue;
    const Shape& map = maps[static_cast<std::size_t>(node.output)];
    num_single += map[2] == 1 && map[3] == 1 ? 1 : 0;
  }
  ASSERT_GT(num_single, 1);
  EXPECT_TRUE(log.texts[0].starts_with(std::to_string(num_single) + " of " + std::to_string(num_layers) + " batch "))
      << log.texts[0];
}

TEST(Network, WrongInputsAreTheCallersBug) {
  const Graph graph = training_graph(0.0);
  ParameterStore store(graph);
  Network network(graph, store);
  const RandomBatch batch(1);
  EXPECT_THROW(network.forward({{"image", batch.image}}), std::logic_error);
  EXPECT_THROW(network.forward({{"image", batch.image.to(at::kInt)}, {"labels", batch.labels}}), std::logic_error);
  EXPECT_THROW(network.forward({{"image", batch.image}, {"labels", batch.labels.narrow(1, 0, 32)}}), std::logic_error);
  EXPECT_THROW(network.backward({batch.image}), std::logic_error);
}

TEST(Network, WhatIsNotBuiltIsRefusedByItsKey) {
  GraphBuilder g;
  g.output("logits", g.batch_norm("bn", g.input("image", {.channels = 3}), {.synchronized = true}));
  const Graph synchronized = g.build();
  ParameterStore parameters(synchronized);
  try {
    const Network network(synchronized, parameters);
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, "use_sync_bn");
  }
}

}  // namespace
}  // namespace seg
