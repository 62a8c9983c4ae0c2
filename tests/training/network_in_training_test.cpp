// SPDX-License-Identifier: Apache-2.0
#include "training/network_in_training.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <memory>

#include "engine/device.h"
#include "tests/training/hand_batch.h"
#include "tests/training/small_network.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

std::unique_ptr<NetworkInTraining> trained_with(const testing::Words& keys) {
  const Config config = testing::tiny_config(keys).config;
  const auto data = open_dataset(config.dataset, Split::train);
  return std::make_unique<NetworkInTraining>(config, resolve_settings(config, *data), nullptr);
}

TEST(NetworkInTraining, BeginsWithTheWeightsOfItsSeed) {
  const auto one = trained_with({"seed=1"}), same = trained_with({"seed=1"}), other = trained_with({"seed=2"});
  EXPECT_TRUE(at::equal(one->parameters.values(), same->parameters.values()));
  EXPECT_FALSE(at::equal(one->parameters.values(), other->parameters.values()));
}

// Whatever computes is deterministic on a CPU: `deterministic` only says so. For another number of threads the sums of
// some kernels are parted otherwise.
TEST(NetworkInTraining, TheSameStepsGiveTheSameBits) {
  for (const char* threads : {"threads=1", "threads=2"})
    for (const char* precision : {"precision=fp32", "precision=bf16"}) {
      SCOPED_TRACE(std::string(threads) + " " + precision);
      const testing::Words keys = {threads, precision, "seed=3", "deterministic=true"};
      const auto one = trained_with(keys), same = trained_with(keys);
      const int before = compute_threads();
      set_compute_threads(threads[8] - '0');
      for (const std::int64_t step : {1, 2, 3}) {
        const testing::HandBatch batch({.count = 2, .height = 64, .width = 64, .num_classes = 19, .step = step});
        for (NetworkInTraining* trained : {one.get(), same.get()}) trained->step.run(batch.view(), 0.05);
      }
      set_compute_threads(before);
      EXPECT_TRUE(testing::same_bits(one->parameters, same->parameters));
    }
}

TEST(NetworkInTraining, HasALossScalerInFp16Alone) {
  EXPECT_EQ(trained_with({})->scaler, nullptr);
  const Config config = testing::tiny_config({"loss_scale_init=128"}).config;
  RunSettings settings = resolve_settings(config, *open_dataset(config.dataset, Split::train));
  settings.precision.compute = c10::kHalf;
  const NetworkInTraining trained(config, settings, nullptr);
  ASSERT_NE(trained.scaler, nullptr);
  EXPECT_EQ(trained.scaler->scale().item<double>(), 128);
}

TEST(NetworkInTraining, KeepsTheAverageInTheEndIfThereIsOne) {
  const auto plain = trained_with({}), averaged = trained_with({"ema_decay=0.9"});
  EXPECT_EQ(&plain->final_parameters(), &plain->parameters);
  ASSERT_NE(averaged->average, nullptr);
  EXPECT_EQ(&averaged->final_parameters(), &averaged->average->parameters());
  EXPECT_TRUE(at::equal(averaged->final_parameters().values(), averaged->parameters.values()));  // no step yet
}

}  // namespace
}  // namespace seg
