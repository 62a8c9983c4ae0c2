// SPDX-License-Identifier: Apache-2.0
// A step on ATen's device without memory ("meta"), where there is nothing to read: whatever looks at a number of the
// device, or mixes it with one of the host, throws. It stands in for a GPU where there is none, and shows what would
// make the processor wait for one. Convolutions and batch normalisation, of which ATen has no such form for C++, are
// left out; they are single calls.
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/library.h>

#include <array>
#include <optional>

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

// What ATen has no form without memory of. Shapes are all that it takes; `add` refuses tensors of two devices.
at::Tensor& one_out(const at::Tensor& x, at::Tensor& out) {
  out.resize_(x.sizes());
  return out;
}
at::Tensor& two_out(const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
  out.resize_(a.add(b).sizes());
  return out;
}
at::Tensor where(const at::Tensor& condition, const at::Tensor& one, const at::Tensor& other) {
  return one.add(other).mul(condition);
}
void check_and_unscale(at::TensorList gradients, at::Tensor& found_inf, const at::Tensor& inverse) {
  for (const at::Tensor& gradient : gradients) gradient.mul_(inverse).add_(found_inf);
}
at::Tensor& update_scale(at::Tensor& scale, at::Tensor& tracker, const at::Tensor& found_inf, double, double,
                         std::int64_t) {
  tracker.add_(found_inf.to(tracker.scalar_type()));
  return scale.mul_(found_inf);
}
using MaybeTensor = const std::optional<at::Tensor>&;
void fused_sgd(at::TensorList values, at::TensorList gradients, at::TensorList momenta, double, double, double, double,
               bool, bool, bool, MaybeTensor, MaybeTensor found_inf) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i].add_(gradients[i]).add_(momenta[i]).mul_(*found_inf);
}
void fused_adamw(at::TensorList values, at::TensorList gradients, at::TensorList means, at::TensorList squares,
                 at::TensorList, at::TensorList steps, double, double, double, double, double, bool, bool, MaybeTensor,
                 MaybeTensor found_inf) {
  fused_sgd(values, gradients, means, 0, 0, 0, 0, false, false, false, {}, found_inf);
  for (std::size_t i = 0; i < values.size(); ++i) values[i].add_(squares[i]).add_(steps[i]);
}

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("_fused_sgd_", fused_sgd);
  library.impl("_fused_adamw_", fused_adamw);
  library.impl("abs.out", one_out);
  library.impl("logical_not.out", one_out);
  library.impl("logical_and.out", two_out);
  library.impl("logical_or.out", two_out);
  library.impl("where.self", where);
  library.impl("_amp_foreach_non_finite_check_and_unscale_", check_and_unscale);
  library.impl("_amp_update_scale_", update_scale);
}

using testing::HandBatch;

const c10::Device kNoMemory(c10::kMeta);

// Every operation of the networks but those two, in front of two losses.
Graph all_else(LossKind kind, bool has_casts, bool is_16_bit = false) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  Value x = g.dropout(g.upsample(image, {.factor = 2, .mode = Interpolation::bilinear}), 0.1);
  x = g.concat({g.max_pool(x, {}), g.relu(g.average_pool(x, {}))});
  x = g.mul(x, g.sigmoid(g.global_pool(x)));
  x = g.add(x, g.upsample(g.max_pool(x, {}), {.factor = 2}));
  g.output("logits", g.slice(x, {.begin = 1, .length = 4}));
  g.output("aux", g.max_pool(x, {}), {.role = OutputRole::auxiliary, .upsample = {.factor = 2}});
  const Normalization normalization{
      .pixels = is_16_bit ? NumberType::word : NumberType::byte, .mean = {0.4, 0.5, 0.6}, .deviation = {0.2, 0.2, 0.2}};
  const Graph graph = with_losses(with_normalization(g.build(), normalization), {.kind = kind, .weight = 0.5});
  return has_casts ? with_compute_casts(graph) : graph;
}

NamedTensors inputs_of(const HandBatch& batch) { return to_device(pixels_of(batch.view()), kNoMemory).inputs(); }

TEST(NoHost, ForwardAndBackwardOfEveryOperationStayOnTheDevice) {
  for (const LossKind kind :
       {LossKind::cross_entropy, LossKind::ohem, LossKind::focal, LossKind::dice, LossKind::lovasz})
    for (const at::ScalarType compute : {at::kFloat, at::kBFloat16, at::kHalf}) {
      SCOPED_TRACE(c10::toString(compute));
      for (const PixelType type : {PixelType::u8, PixelType::u16}) {
        const HandBatch batch({.type = type});
        const Graph graph = all_else(kind, compute != at::kFloat, type == PixelType::u16);
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

TEST(NoHost, WhoReadsANumberOrMixesDevicesIsFound) {
  const LossScaler scaler({}, kNoMemory);
  const at::Tensor there = at::zeros({2}, at::TensorOptions(kNoMemory)), here = at::zeros({2});
  EXPECT_THROW((void)scaler.scale().item<double>(), std::exception);
  EXPECT_THROW((void)there.add(here), std::exception);
}

}  // namespace
}  // namespace seg
