// SPDX-License-Identifier: Apache-2.0
// Steps with a loss scaler. A CPU computes in fp16, too, if slowly; here the networks are small.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "graph/builder.h"
#include "graph/passes.h"
#include "tests/engine/support/oracle.h"
#include "tests/training/hand_batch.h"
#include "tests/training/small_network.h"
#include "training/read_back.h"
#include "training/step.h"

namespace seg {
namespace {

using testing::HandBatch;

// An auxiliary head alone: its loss has a weight.
Graph small_losses(double weight) {
  GraphBuilder g;
  const Value x =
      g.relu(g.batch_norm("bn", g.convolution("conv", g.input("image", {.channels = 3}), {.out_channels = 4})));
  g.output("aux", g.convolution("head", x, {.out_channels = 4, .kernel = 1, .padding = 0, .bias = true}),
           {.role = OutputRole::auxiliary});
  const Normalization normalization{.mean = {0.4, 0.5, 0.6}, .deviation = {0.2, 0.2, 0.2}};
  return with_compute_casts(
      with_losses(with_normalization(g.build(), normalization), {.kind = LossKind::cross_entropy, .weight = weight}));
}

struct Subject {
  explicit Subject(at::ScalarType compute, const LossScaleOptions* scale = nullptr, const StepOptions& options = {},
                   double weight = 1)
      : graph(small_losses(weight)),
        parameters(graph),
        network(graph, parameters, {.compute = compute}),
        optimizer(parameters, {}),
        scaler(scale != nullptr ? std::make_unique<LossScaler>(*scale, c10::Device(c10::kCPU)) : nullptr),
        collectives(single_process()),
        step(network, parameters, optimizer, *collectives, phases, options, nullptr, scaler.get()) {}

  bool is_bad() const { return read_back(step.found_not_finite()).front() != 0; }

  Graph graph;
  ParameterStore parameters;
  PhaseTimer phases;
  Network network;
  Sgd optimizer;
  std::unique_ptr<LossScaler> scaler;
  std::unique_ptr<Collectives> collectives;
  TrainingStep step;
};

double number(const at::Tensor& tensor) { return tensor.item<double>(); }

TEST(StepInFp16, AScaleThatIsAPowerOfTwoChangesNoBitOfFp32) {
  const LossScaleOptions scale{.init = 4096};
  Subject plain(at::kFloat, nullptr, {.micro_batches = 2}), scaled(at::kFloat, &scale, {.micro_batches = 2});
  for (const std::int64_t step : {1, 2, 3}) {
    const HandBatch batch({.step = step});
    const StepResult one = plain.step.run(batch.view(), 0.1), other = scaled.step.run(batch.view(), 0.1);
    EXPECT_EQ(number(one.losses[0].tensor), number(other.losses[0].tensor));  // losses are not scaled
    EXPECT_EQ(number(one.gradient_norm), number(other.gradient_norm));
    EXPECT_FALSE(one.is_skipped.defined());
    EXPECT_EQ(number(other.is_skipped), 0);
  }
  EXPECT_TRUE(testing::same_bits(plain.parameters, scaled.parameters));
}

TEST(StepInFp16, SmallGradientsSurviveByTheScale) {
  constexpr double kTiny = 1e-5;  // the loss's weight, of a thousand pixels: fp16 ends at 6e-8
  const HandBatch batch;
  const LossScaleOptions scale{.init = 65536}, none{.init = 1};
  Subject exact(at::kFloat, nullptr, {}, kTiny), scaled(at::kHalf, &scale, {}, kTiny),
      bare(at::kHalf, &none, {}, kTiny);
  for (Subject* subject : {&exact, &scaled, &bare}) subject->step.run(batch.view(), 0);
  const at::Tensor& expected = exact.parameters.gradients();
  EXPECT_LT(testing::relative_error(scaled.parameters.gradients(), expected), 0.02);
  EXPECT_GT(testing::relative_error(bare.parameters.gradients(), expected), 0.2);
}

TEST(StepInFp16, GradientsThatOverflowSkipTheStepAndLowerTheScale) {
  const LossScaleOptions scale{.init = 1073741824, .backoff = 0.0625};
  Subject subject(at::kHalf, &scale, {.largest_gradient_norm = 1});
  const at::Tensor before = subject.parameters.values().clone();
  const StepResult skipped = subject.step.run(HandBatch({.step = 1}).view(), 0.1);
  EXPECT_EQ(number(skipped.is_skipped), 1);
  EXPECT_EQ(number(skipped.gradient_norm), 0);
  EXPECT_TRUE(std::isfinite(number(skipped.losses[0].tensor)));
  EXPECT_TRUE(at::equal(subject.parameters.values(), before));
  EXPECT_EQ(subject.optimizer.state().front().tensor.abs().max().item<double>(), 0);
  EXPECT_EQ(number(subject.scaler->scale()), scale.init * scale.backoff);
  EXPECT_FALSE(subject.is_bad());  // a skipped step is no reason to stop

  StepResult last;
  for (std::int64_t step = 2; step < 12; ++step) last = subject.step.run(HandBatch({.step = step}).view(), 0.1);
  EXPECT_EQ(number(last.is_skipped), 0);
  EXPECT_GT(number(last.gradient_norm), 0);
  EXPECT_FALSE(at::equal(subject.parameters.values(), before));
  EXPECT_TRUE(std::isfinite(number(subject.parameters.values().sum())));
  EXPECT_FALSE(subject.is_bad());
  EXPECT_GE(number(subject.scaler->num_skipped()), 1);
}

TEST(StepInFp16, ASkippedStepLeavesTheAverageAlone) {
  const LossScaleOptions scale{.init = 1e20};
  Subject subject(at::kHalf, &scale);
  WeightAverage average(subject.graph, subject.parameters, 0.5);
  TrainingStep step(subject.network, subject.parameters, subject.optimizer, *subject.collectives, subject.phases, {},
                    &average, subject.scaler.get());
  const at::Tensor before = average.parameters().values().clone();
  EXPECT_EQ(number(step.run(HandBatch().view(), 0.1).is_skipped), 1);
  EXPECT_TRUE(at::equal(average.parameters().values(), before));
}

TEST(StepInFp16, ALossThatIsNotFiniteStillStops) {
  const LossScaleOptions scale{};
  Subject subject(at::kHalf, &scale);
  HandBatch bad;
  bad.set_labels(0, 1, 200);  // no class
  subject.step.run(bad.view(), 0.1);
  EXPECT_TRUE(subject.is_bad());
}

TEST(StepInFp16, GradientsThatOverflowWithoutAnyScaleStopToo) {
  const LossScaleOptions scale{.init = 1.0 / 2048};
  constexpr double kHuge = 1e12;  // the loss's weight
  Subject subject(at::kHalf, &scale, {}, kHuge);
  subject.step.run(HandBatch().view(), 0.1);
  EXPECT_TRUE(subject.is_bad());
}

TEST(StepInFp16, ReadsNothingBack) {
  const LossScaleOptions scale{};
  Subject subject(at::kHalf, &scale);
  const std::int64_t before = num_read_backs();
  subject.step.run(HandBatch().view(), 0.1);
  EXPECT_EQ(num_read_backs(), before);
}

}  // namespace
}  // namespace seg
