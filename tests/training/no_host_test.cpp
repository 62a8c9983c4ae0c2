// SPDX-License-Identifier: Apache-2.0
// A step on ATen's device without memory ("meta"), where there is nothing to read: whatever looks at a number of the
// device, or mixes it with one of the host, throws. It stands in for a GPU where there is none, and shows what would
// make the processor wait for one. Convolutions and batch normalisation, of which ATen has no such form for C++, are
// left out; they are single calls.
#include <gtest/gtest.h>

#include <array>

#include "engine/device_feed.h"
#include "graph/builder.h"
#include "graph/passes.h"
#include "tests/training/hand_batch.h"
#include "tests/training/small_network.h"
#include "training/adamw.h"
#include "training/loss_meter.h"
#include "training/step.h"

namespace seg {
namespace {

using testing::HandBatch;

const c10::Device kNoMemory(c10::kMeta);

// Every operation of the networks but those two, in front of two losses.
Graph all_else(LossKind kind, bool has_casts) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  Value x = g.dropout(g.upsample(image, {.factor = 2, .mode = Interpolation::bilinear}), 0.1);
  x = g.concat({g.max_pool(x, {}), g.relu(g.average_pool(x, {}))});
  x = g.mul(x, g.sigmoid(g.global_pool(x)));
  x = g.add(x, g.upsample(g.max_pool(x, {}), {.factor = 2}));
  g.output("logits", g.slice(x, {.begin = 1, .length = 4}));
  g.output("aux", g.max_pool(x, {}), {.role = OutputRole::auxiliary, .upsample = {.factor = 2}});
  const Normalization normalization{.mean = {0.4, 0.5, 0.6}, .deviation = {0.2, 0.2, 0.2}};
  const Graph graph = with_losses(with_normalization(g.build(), normalization), {.kind = kind, .weight = 0.5});
  return has_casts ? with_compute_casts(graph) : graph;
}

NamedTensors inputs_of(const HandBatch& batch) { return to_device(pixels_of(batch.view()), kNoMemory).inputs(); }

TEST(NoHost, ForwardAndBackwardOfEveryOperationStayOnTheDevice) {
  for (const LossKind kind : {LossKind::cross_entropy, LossKind::ohem})
    for (const at::ScalarType compute : {at::kFloat, at::kBFloat16, at::kHalf}) {
      SCOPED_TRACE(c10::toString(compute));
      for (const PixelType type : {PixelType::u8, PixelType::u16}) {
        const HandBatch batch({.type = type});
        const Graph graph = all_else(kind, compute != at::kFloat);
        ParameterStore parameters(graph, {.device = kNoMemory});
        Network network(graph, parameters, {.compute = compute});
        const LossScaler scaler({}, kNoMemory);
        const NamedTensors losses = network.forward_backward(
            inputs_of(batch), {.sample_numbers = batch.view().sample_numbers(), .loss_scale = scaler.scale()});
        ASSERT_EQ(losses.size(), 2U);
        for (const NamedTensor& loss : losses) EXPECT_TRUE(loss.tensor.is_meta());
      }
    }
}

TEST(NoHost, TheWholeStepStaysOnTheDevice) {
  const Graph graph = testing::small_network();  // for its parameters
  const Graph run = all_else(LossKind::ohem, false);
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adamw}) {
    ParameterStore parameters(graph, {.device = kNoMemory}), none(run, {.device = kNoMemory});
    Network network(run, none, {});
    const auto optimizer = make_optimizer(parameters, {.kind = kind});
    WeightAverage average(graph, parameters, 0.9);
    LossScaler scaler({}, kNoMemory);
    const auto collectives = single_process();
    PhaseTimer phases;
    LossMeter meter;
    for (LossScaler* const used : std::array<LossScaler*, 2>{nullptr, &scaler}) {
      TrainingStep step(network, parameters, *optimizer, *collectives, phases,
                        {.micro_batches = 2, .largest_gradient_norm = 1}, &average, used);
      const StepResult result = step.run(HandBatch().view(), 0.1);
      meter.add(result.losses);
      EXPECT_TRUE(result.gradient_norm.is_meta());
      EXPECT_TRUE(step.found_not_finite().is_meta());
      EXPECT_EQ(result.is_skipped.defined(), used != nullptr);
    }
  }
}

TEST(NoHost, WhoReadsANumberIsFound) {
  const LossScaler scaler({}, kNoMemory);
  EXPECT_THROW((void)scaler.scale().item<double>(), std::exception);
}

}  // namespace
}  // namespace seg
