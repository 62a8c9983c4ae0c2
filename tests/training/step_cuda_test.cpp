// SPDX-License-Identifier: Apache-2.0
// Steps of the real network in a build with CUDA, on a machine with a GPU.
#include <ATen/ops/equal.h>
#include <c10/cuda/CUDAFunctions.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "engine/cuda.h"
#include "engine/device.h"
#include "tests/engine/support/oracle.h"
#include "tests/training/hand_batch.h"
#include "tests/training/tiny_run.h"
#include "training/network_in_training.h"
#include "training/read_back.h"

namespace seg {
namespace {

using testing::HandBatch;
using testing::Words;

// While it lives, whatever makes the processor wait for the GPU throws.
class NoSynchronisation {
 public:
  NoSynchronisation() { c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_ERROR); }
  ~NoSynchronisation() { c10::cuda::warning_state().set_sync_debug_mode(c10::cuda::SyncDebugMode::L_DISABLED); }
  NoSynchronisation(const NoSynchronisation&) = delete;
  NoSynchronisation& operator=(const NoSynchronisation&) = delete;
};

constexpr int kClasses = 19;

std::unique_ptr<NetworkInTraining> trained_with(Words keys) {
  keys.push_back("n_cats=" + std::to_string(kClasses));
  const Config config = testing::tiny_config(keys).config;
  set_switches(torch_switches(config));
  const auto data = open_dataset(config.dataset, Split::train);
  return std::make_unique<NetworkInTraining>(config, resolve_settings(config, *data), nullptr);
}

std::unique_ptr<HandBatch> batch_of(std::int64_t step) {
  return std::make_unique<HandBatch>(
      testing::HandBatchOptions{.count = 4, .height = 128, .width = 128, .num_classes = kClasses, .step = step});
}

std::vector<double> losses_of(NetworkInTraining& trained, std::int64_t steps, double rate) {
  std::vector<double> losses;
  for (std::int64_t step = 1; step <= steps; ++step)
    losses.push_back(read_back(trained.step.run(batch_of(step)->view(), rate).losses.front().tensor).front());
  return losses;
}

// To try all algorithms for each shape would take most of the tests' time.
const Words kGpu = {"device=cuda", "precision=fp32", "allow_tf32=false", "cudnn_benchmark=false"};

Words with(Words keys, const Words& more) {
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

// What may make the processor wait: everything that a step is made of, at least once.
const std::vector<Words> kSteps = {
    {"model_type=bisenetv1", "precision=fp32"},
    {"model_type=bisenetv1", "precision=bf16"},
    {"model_type=bisenetv1", "precision=fp16"},
    {"model_type=bisenetv2", "precision=fp32"},
    {"model_type=bisenetv2", "precision=bf16"},
    {"model_type=bisenetv2", "precision=fp16", "optimizer=adamw"},
    {"loss=ce", "label_smoothing=0.1", "optimizer=adamw"},
    {"class_weights=median_frequency"},
    {"loss=dice"},
    {"loss=focal"},
    {"loss=lovasz"},
    {"boundary_weight=2"},
    {"point_rend=true", "point_source=uncertainty"},
};

TEST(StepOnCuda, ASteadyStepWaitsForNothing) {
  for (const Words& keys : kSteps) {
    SCOPED_TRACE(::testing::PrintToString(keys));
    const auto trained = trained_with(with(
        {"device=cuda", "cudnn_benchmark=false", "gradient_accumulation_steps=2", "clip_grad_norm=1", "ema_decay=0.9"},
        keys));
    const bool has_distances = std::ranges::find(keys, "boundary_weight=2") != keys.end();
    const auto batch = [has_distances](std::int64_t step) {
      return std::make_unique<HandBatch>(testing::HandBatchOptions{.count = 4,
                                                                   .height = 128,
                                                                   .width = 128,
                                                                   .num_classes = kClasses,
                                                                   .step = step,
                                                                   .has_distances = has_distances});
    };
    for (const std::int64_t step : {1, 2}) trained->step.run(batch(step)->view(), 0.01);
    const auto third = batch(3);
    const NoSynchronisation guard;
    EXPECT_NO_THROW(trained->step.run(third->view(), 0.01));
  }
}

// Noise teaches nothing, and large steps away from it are chaos: what rounding makes of two runs is soon as different
// as two runs can be.
constexpr double kCalmRate = 1e-4;

TEST(StepOnCuda, ItsLossesAndGradientsAreThoseOfTheProcessor) {
  const auto gpu = trained_with(kGpu), cpu = trained_with({"device=cpu", "precision=fp32", "passes=none"});
  EXPECT_NEAR(losses_of(*gpu, 1, 0).front(), losses_of(*cpu, 1, 0).front(), 1e-3);
  EXPECT_LT(testing::relative_error(gpu->parameters.gradients().cpu(), cpu->parameters.gradients()), 1e-2);
  const std::vector<double> of_gpu = losses_of(*gpu, 3, kCalmRate), of_cpu = losses_of(*cpu, 3, kCalmRate);
  for (std::size_t i = 0; i < of_gpu.size(); ++i) EXPECT_NEAR(of_gpu[i], of_cpu[i], 1e-3 * of_cpu[i]) << i;
}

TEST(StepOnCuda, HalfPrecisionLearnsTheSame) {
  const std::vector<double> expected = losses_of(*trained_with(kGpu), 10, kCalmRate);
  for (const char* precision : {"precision=bf16", "precision=fp16"}) {
    const std::vector<double> losses = losses_of(*trained_with(with(kGpu, {precision})), 10, kCalmRate);
    for (std::size_t i = 0; i < losses.size(); ++i)
      EXPECT_NEAR(losses[i], expected[i], 0.1 * expected[i]) << precision << " " << i;
  }
}

TEST(StepOnCuda, DeterministicStepsGiveTheSameBits) {
  for (const char* precision : {"precision=fp32", "precision=bf16", "precision=fp16"}) {
    SCOPED_TRACE(precision);
    const Words keys = with(kGpu, {precision, "deterministic=true"});
    const auto one = trained_with(keys), same = trained_with(keys);
    EXPECT_EQ(losses_of(*one, 5, 0.01), losses_of(*same, 5, 0.01));
    EXPECT_TRUE(at::equal(one->parameters.values(), same->parameters.values()));
  }
  set_switches({});
}

TEST(StepOnCuda, MapsStayChannelsLast) {
  const auto trained = trained_with(kGpu);
  trained->step.run(batch_of(1)->view(), 0.01);
  for (const ParameterGroup& group : trained->parameters.groups())
    for (const std::string& name : group.names) {
      const at::Tensor& weight = trained->parameters.value(name);
      EXPECT_TRUE(weight.dim() != 4 || weight.is_contiguous(at::MemoryFormat::ChannelsLast)) << name;
    }
}

TEST(StepOnCuda, AMemoryThatIsTooSmallIsTold) {
  const auto trained = trained_with(kGpu);
  const HandBatch huge({.count = 256, .height = 1024, .width = 1024, .num_classes = kClasses});
  EXPECT_THROW(trained->step.run(huge.view(), 0.01), c10::OutOfMemoryError);
  // And the step can be made again with less.
  trim_cuda_memory();
  EXPECT_TRUE(std::isfinite(losses_of(*trained, 1, 0.01).front()));
}

}  // namespace
}  // namespace seg
