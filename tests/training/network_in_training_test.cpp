// SPDX-License-Identifier: Apache-2.0
#include "training/network_in_training.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <memory>

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

TEST(NetworkInTraining, KeepsTheAverageInTheEndIfThereIsOne) {
  const auto plain = trained_with({}), averaged = trained_with({"ema_decay=0.9"});
  EXPECT_EQ(&plain->final_parameters(), &plain->parameters);
  ASSERT_NE(averaged->average, nullptr);
  EXPECT_EQ(&averaged->final_parameters(), &averaged->average->parameters());
  EXPECT_TRUE(at::equal(averaged->final_parameters().values(), averaged->parameters.values()));  // no step yet
}

}  // namespace
}  // namespace seg
