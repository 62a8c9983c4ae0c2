// SPDX-License-Identifier: Apache-2.0
#include "training/step.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <stdexcept>

#include "graph/builder.h"
#include "graph/passes.h"
#include "tests/training/hand_batch.h"
#include "training/read_back.h"
#include "training/sgd.h"

namespace seg {
namespace {

using testing::HandBatch;

constexpr double kAuxWeight = 0.5;
constexpr BoundaryWeightOptions kBoundary{.weight = 20, .sigma = 1.5};

// Two heads and no BatchNorm: what a micro-batch sees of the others is its weight alone.
Graph conv_only(LossKind kind, double deviation, const StepOptions& step) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  const Value x = g.relu(g.convolution("body", image, {.out_channels = 6, .stride = 2, .bias = true}));
  g.output("logits", g.convolution("head", x, {.out_channels = 4, .bias = true}), {.upsample = {.factor = 2}});
  g.output("aux", g.convolution("aux", x, {.out_channels = 4, .kernel = 1, .padding = 0}),
           {.role = OutputRole::auxiliary, .upsample = {.factor = 2}});
  const Normalization normalization{.mean = {0.4, 0.5, 0.6}, .deviation = {deviation, deviation, deviation}};
  const bool has_distances = !step.distance_weights.empty();
  const std::vector<double> class_weights = has_distances ? std::vector<double>() : step.label_weights;
  const Graph graph = with_losses(with_normalization(g.build(), normalization),
                                  {.kind = kind, .class_weights = class_weights, .weight = kAuxWeight});
  return has_distances ? with_boundary_weights(graph, kBoundary) : graph;
}

// A step and all that it works on, in double precision.
struct Subject {
  explicit Subject(const StepOptions& options = {}, LossKind kind = LossKind::cross_entropy, OptimizerOptions sgd = {},
                   double deviation = 0.2)
      : graph(conv_only(kind, deviation, options)),
        parameters(graph, {.type = at::kDouble}),
        network(graph, parameters, {.compute = at::kDouble, .phases = &phases}),
        optimizer(parameters, sgd),
        collectives(single_process()),
        step(network, parameters, optimizer, *collectives, phases, options) {}

  bool is_bad() const { return read_back(step.found_not_finite()).front() != 0; }
  double first_bad_step() const { return read_back(step.first_bad_step()).front(); }

  Graph graph;
  ParameterStore parameters;
  PhaseTimer phases;
  Network network;
  Sgd optimizer;
  std::unique_ptr<Collectives> collectives;
  TrainingStep step;
};

double value(const NamedTensor& loss) { return loss.tensor.item<double>(); }

void expect_same_step(const HandBatch& batch, const StepOptions& whole_options, const StepOptions& parts_options) {
  Subject whole(whole_options), parts(parts_options);
  const StepResult of_whole = whole.step.run(batch.view(), 0.1);
  const StepResult of_parts = parts.step.run(batch.view(), 0.1);
  ASSERT_EQ(of_whole.losses.size(), 2U);
  for (std::size_t i = 0; i < of_whole.losses.size(); ++i) {
    EXPECT_EQ(of_parts.losses[i].name, of_whole.losses[i].name);
    EXPECT_NEAR(value(of_parts.losses[i]), value(of_whole.losses[i]), 1e-12);
  }
  EXPECT_TRUE(at::allclose(parts.parameters.gradients(), whole.parameters.gradients(), 1e-10, 1e-14));
  EXPECT_TRUE(at::allclose(parts.parameters.values(), whole.parameters.values(), 1e-10, 1e-14));
  EXPECT_GT(whole.parameters.gradients().abs().max().item<double>(), 1e-3);
}

TEST(TrainingStep, EqualMicroBatchesGiveTheStepOfTheWholeBatch) {
  const HandBatch batch;
  expect_same_step(batch, {.micro_batches = 1}, {.micro_batches = 2});
  expect_same_step(batch, {.micro_batches = 1}, {.micro_batches = 4, .weight_by_valid_pixels = false});
}

TEST(TrainingStep, WeightsByValidPixelsMakeUnequalMicroBatchesExact) {
  HandBatch batch;
  batch.ignore(0, 200);
  batch.ignore(2, 256);  // alone in its micro-batch, of which nothing counts
  batch.ignore(3, 10);
  expect_same_step(batch, {.micro_batches = 1}, {.micro_batches = 2});
  expect_same_step(batch, {.micro_batches = 1}, {.micro_batches = 4});
}

TEST(TrainingStep, ClassWeightsMakeUnequalMicroBatchesExactToo) {
  HandBatch batch;
  batch.set_labels(0, 200, 1);
  batch.set_labels(1, 150, 2);  // of weight 0
  batch.ignore(3, 100);
  const std::vector<double> weights = {0.5, 3, 0, 1};
  expect_same_step(batch, {.micro_batches = 1, .label_weights = weights},
                   {.micro_batches = 4, .label_weights = weights});
}

TEST(TrainingStep, WeightsOfPixelsNearBoundariesDoTheSame) {
  HandBatch batch({.has_distances = true});
  batch.ignore(0, 200);
  batch.ignore(3, 100);
  std::vector<double> labels(256, 1.0), distances;
  labels[255] = 0;
  for (int eighths = 0; eighths < 256; ++eighths)
    distances.push_back(1 + 20 * std::exp(-eighths * eighths / (64.0 * 2 * 1.5 * 1.5)));
  expect_same_step(batch, {.micro_batches = 1, .label_weights = labels, .distance_weights = distances},
                   {.micro_batches = 4, .label_weights = labels, .distance_weights = distances});
}

TEST(TrainingStep, WithoutThoseWeightsEveryMicroBatchCountsAlike) {
  HandBatch batch;
  batch.ignore(0, 200);
  Subject parts({.micro_batches = 2, .weight_by_valid_pixels = false});
  const StepResult result = parts.step.run(batch.view(), 0);
  double mean = 0;
  for (const std::int64_t first : {0, 2}) {
    Subject part;
    mean += value(part.step.run(batch.view().view(first, 2), 0).losses.front()) / 2;
  }
  EXPECT_NEAR(value(result.losses.front()), mean, 1e-12);
}

TEST(TrainingStep, LossesAreReportedWithoutTheirWeights) {
  const HandBatch batch;
  Subject subject;
  const StepResult result = subject.step.run(batch.view(), 0);
  ASSERT_EQ(result.losses.size(), 2U);
  EXPECT_EQ(result.losses[0].name, "logits");
  EXPECT_EQ(result.losses[1].name, "aux");
  EXPECT_DOUBLE_EQ(subject.graph.outputs[1].loss_weight, kAuxWeight);
  // Random weights: both heads are about as good as guessing among four classes.
  EXPECT_NEAR(value(result.losses[1]), value(result.losses[0]), 0.5 * value(result.losses[0]));
}

TEST(TrainingStep, ABatchWithoutAValidPixelChangesNothing) {
  for (const LossKind kind :
       {LossKind::cross_entropy, LossKind::ohem, LossKind::focal, LossKind::dice, LossKind::lovasz}) {
    HandBatch batch;
    batch.ignore_all();
    Subject subject({.micro_batches = 2}, kind, {.weight_decay = 0});
    const at::Tensor before = subject.parameters.values().clone();
    const StepResult result = subject.step.run(batch.view(), 0.1);
    EXPECT_EQ(value(result.losses.front()), 0);
    EXPECT_EQ(subject.parameters.gradients().abs().max().item<double>(), 0);
    EXPECT_TRUE(at::equal(subject.parameters.values(), before));
    EXPECT_FALSE(subject.is_bad());
  }
}

TEST(TrainingStep, AfterALossThatIsNotFiniteTheWeightsStayAsTheyWere) {
  constexpr int kNoClass = 200;  // its loss is not a number
  Subject subject;
  subject.step.run(HandBatch({.step = 1}).view(), 0.1);
  EXPECT_FALSE(subject.is_bad());
  const at::Tensor good = subject.parameters.values().clone();
  const at::Tensor momentum = subject.optimizer.state().front().tensor.clone();

  HandBatch bad({.step = 2});
  bad.set_labels(1, 3, kNoClass);
  subject.step.run(bad.view(), 0.1);
  EXPECT_TRUE(subject.is_bad());
  EXPECT_EQ(subject.first_bad_step(), 2);
  EXPECT_TRUE(at::equal(subject.parameters.values(), good));

  for (const std::int64_t step : {3, 4}) subject.step.run(HandBatch({.step = step}).view(), 0.1);
  EXPECT_TRUE(subject.is_bad());
  EXPECT_EQ(subject.first_bad_step(), 2);
  EXPECT_TRUE(at::equal(subject.parameters.values(), good));
  EXPECT_TRUE(at::equal(subject.optimizer.state().front().tensor, momentum));
}

TEST(TrainingStep, SeesAGradientThatIsNotFiniteBehindALossThatIs) {
  // The head multiplies by 1e300 what is 1e-300; on the way back that meets pixels of about 1e15.
  Subject subject({}, LossKind::cross_entropy, {}, /*deviation=*/1e-15);
  subject.parameters.value("body.weight").fill_(0);
  subject.parameters.value("body.bias").fill_(1e-300);
  subject.parameters.value("head.weight").fill_(1e300);
  subject.parameters.value("head.weight").narrow(0, 0, 2).fill_(-1e300);
  const at::Tensor before = subject.parameters.values().clone();
  const StepResult result = subject.step.run(HandBatch().view(), 0.1);
  for (const NamedTensor& loss : result.losses) EXPECT_TRUE(std::isfinite(value(loss))) << loss.name;
  EXPECT_TRUE(subject.is_bad());
  EXPECT_TRUE(at::equal(subject.parameters.values(), before));
}

TEST(TrainingStep, ShortensTheGradientOfTheWholeBatchToTheLimit) {
  const HandBatch batch;
  Subject free({.micro_batches = 2});
  const StepResult unlimited = free.step.run(batch.view(), 0.1);
  const double norm = unlimited.gradient_norm.item<double>();
  EXPECT_NEAR(norm, free.parameters.gradients().norm().item<double>(), 1e-12);
  Subject limited({.micro_batches = 2, .largest_gradient_norm = norm / 4});
  EXPECT_NEAR(limited.step.run(batch.view(), 0.1).gradient_norm.item<double>(), norm, 1e-12);  // before it was limited
  EXPECT_NEAR(limited.parameters.gradients().norm().item<double>(), norm / 4, 1e-5 * norm);
  Subject loose({.micro_batches = 2, .largest_gradient_norm = norm * 4});
  (void)loose.step.run(batch.view(), 0.1);
  EXPECT_TRUE(at::equal(loose.parameters.values(), free.parameters.values()));
}

TEST(TrainingStep, AnAverageFollowsGoodStepsOnly) {
  Subject subject;
  WeightAverage average(subject.graph, subject.parameters, 0.5);
  TrainingStep step(subject.network, subject.parameters, subject.optimizer, *subject.collectives, subject.phases, {},
                    &average);
  step.run(HandBatch({.step = 1}).view(), 0.1);
  EXPECT_TRUE(at::equal(average.parameters().values(), subject.parameters.values()));  // the first step counts alone
  const at::Tensor first = subject.parameters.values().clone();
  step.run(HandBatch({.step = 2}).view(), 0.1);
  const at::Tensor expected = first * 0.1 + subject.parameters.values() * 0.9;
  EXPECT_TRUE(at::allclose(average.parameters().values(), expected, 1e-12, 1e-14));
  EXPECT_FALSE(at::allclose(expected, subject.parameters.values(), 1e-6));
  const at::Tensor good = average.parameters().values().clone();
  HandBatch bad({.step = 3});
  bad.set_labels(0, 1, 200);  // no class
  step.run(bad.view(), 0.1);
  EXPECT_TRUE(at::equal(average.parameters().values(), good));
}

TEST(TrainingStep, ReadsNothingBack) {
  const HandBatch batch;
  Subject subject({.micro_batches = 2, .largest_gradient_norm = 1});
  const std::int64_t before = num_read_backs();
  for (int i = 0; i < 3; ++i) subject.step.run(batch.view(), 0.1);
  EXPECT_EQ(num_read_backs(), before);
}

TEST(TrainingStep, LearnsWhatItIsShownAgainAndAgain) {
  const HandBatch batch({.count = 2});
  Subject subject;
  const double first = value(subject.step.run(batch.view(), 0.05).losses.front());
  double last = first;
  for (int i = 0; i < 20; ++i) last = value(subject.step.run(batch.view(), 0.05).losses.front());
  EXPECT_LT(last, first);
}

TEST(TrainingStep, AccountsForTheTimeOfItsPhases) {
  const HandBatch batch;
  Subject subject({.micro_batches = 2});
  subject.step.run(batch.view(), 0.1);
  const PhaseSeconds phases = subject.phases.snapshot();
  for (const Phase phase : {Phase::transfer, Phase::forward, Phase::loss, Phase::backward, Phase::optimizer})
    EXPECT_GT(phases[phase], 0) << kPhaseNames[static_cast<std::size_t>(phase)];
}

TEST(TrainingStep, RefusesABatchThatDoesNotSplit) {
  const HandBatch batch({.count = 4});
  Subject subject({.micro_batches = 3});
  EXPECT_THROW((void)subject.step.run(batch.view(), 0.1), std::logic_error);
}

TEST(PixelsOf, DescribesABatchAsTheEngineTakesIt) {
  const HandBatch batch({.count = 2, .height = 8, .width = 4, .channels = 5, .type = PixelType::u16});
  const HostPixels pixels = pixels_of(batch.view());
  EXPECT_EQ(pixels.images, batch.view().images().data());
  EXPECT_EQ(pixels.labels, batch.view().labels().data());
  EXPECT_EQ(pixels.count, 2);
  EXPECT_EQ(pixels.height, 8);
  EXPECT_EQ(pixels.width, 4);
  EXPECT_EQ(pixels.channels, 5);
  EXPECT_TRUE(pixels.is_16_bit);
  EXPECT_EQ(pixels.sample_numbers.size(), 2U);
}

}  // namespace
}  // namespace seg
