// SPDX-License-Identifier: Apache-2.0
// Steps of the real network in a build with CUDA, on a machine with a GPU.
#include <ATen/ops/equal.h>
#include <c10/cuda/CUDAFunctions.h>
#include <gtest/gtest.h>

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

std::unique_ptr<NetworkInTraining> trained_with(const Words& keys) {
  const Config config = testing::tiny_config(keys).config;
  set_switches(torch_switches(config));
  const auto data = open_dataset(config.dataset, Split::train);
  return std::make_unique<NetworkInTraining>(config, resolve_settings(config, *data), nullptr);
}

std::unique_ptr<HandBatch> batch_of(std::int64_t step) {
  return std::make_unique<HandBatch>(
      testing::HandBatchOptions{.count = 4, .height = 128, .width = 128, .num_classes = 19, .step = step});
}

std::vector<double> losses_of(NetworkInTraining& trained, std::int64_t steps, double rate) {
  std::vector<double> losses;
  for (std::int64_t step = 1; step <= steps; ++step)
    losses.push_back(read_back(trained.step.run(batch_of(step)->view(), rate).losses.front().tensor).front());
  return losses;
}

const Words kGpu = {"device=cuda", "precision=fp32", "allow_tf32=false"};

Words with(Words keys, const Words& more) {
  keys.insert(keys.end(), more.begin(), more.end());
  return keys;
}

TEST(StepOnCuda, ASteadyStepWaitsForNothing) {
  for (const char* model : {"bisenetv1", "bisenetv2"})
    for (const char* precision : {"fp32", "bf16", "fp16"})
      for (const char* loss : {"loss=ohem", "loss=ce", "class_weights=median_frequency"})
        for (const char* optimizer : {"sgd", "adamw"}) {
          SCOPED_TRACE(std::string(model) + " " + precision + " " + loss + " " + optimizer);
          const auto trained =
              trained_with({"device=cuda", std::string("model_type=") + model, std::string("precision=") + precision,
                            loss, std::string("optimizer=") + optimizer, "gradient_accumulation_steps=2",
                            "clip_grad_norm=1", "ema_decay=0.9"});
          for (const std::int64_t step : {1, 2}) trained->step.run(batch_of(step)->view(), 0.01);
          const auto batch = batch_of(3);
          const NoSynchronisation guard;
          EXPECT_NO_THROW(trained->step.run(batch->view(), 0.01));
        }
}

TEST(StepOnCuda, ItsLossesAreThoseOfTheProcessor) {
  const auto gpu = trained_with(kGpu), cpu = trained_with({"device=cpu", "precision=fp32", "passes=none"});
  const std::vector<double> of_gpu = losses_of(*gpu, 3, 0.01), of_cpu = losses_of(*cpu, 3, 0.01);
  for (std::size_t i = 0; i < of_gpu.size(); ++i) EXPECT_NEAR(of_gpu[i], of_cpu[i], 1e-3 * of_cpu[i]) << i;
  EXPECT_LT(testing::relative_error(gpu->parameters.values().cpu(), cpu->parameters.values()), 1e-3);
}

TEST(StepOnCuda, HalfPrecisionLearnsTheSame) {
  const std::vector<double> expected = losses_of(*trained_with(kGpu), 10, 0.01);
  for (const char* precision : {"precision=bf16", "precision=fp16"}) {
    const std::vector<double> losses = losses_of(*trained_with({"device=cuda", precision}), 10, 0.01);
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
  const HandBatch huge({.count = 256, .height = 1024, .width = 1024, .num_classes = 19});
  EXPECT_THROW(trained->step.run(huge.view(), 0.01), c10::OutOfMemoryError);
  // And the step can be made again with less.
  trim_cuda_memory();
  EXPECT_TRUE(std::isfinite(losses_of(*trained, 1, 0.01).front()));
}

}  // namespace
}  // namespace seg
