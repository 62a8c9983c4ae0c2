// SPDX-License-Identifier: Apache-2.0
#include "training/step_trial.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/device.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

// A step on the batch of step 1, twice, at a rate.
std::pair<double, double> losses_at(double rate) {
  const Config config = testing::tiny_config().config;
  const auto train = open_dataset(config.dataset, Split::train);
  const RunSettings settings = resolve_settings(config, *train);
  Loader loader(*train, loader_options(config, *train, settings), host_memory(), silent_log());
  loader.start(1);
  const HostBatch batch = loader.next();
  StepTrial trial(config, settings, "this test", nullptr);
  trial.run(batch, rate);
  const double first = trial.read_loss();
  trial.run(batch, rate);
  EXPECT_GT(trial.phases()[Phase::backward], 0);
  EXPECT_GT(trial.peak_slot_bytes(), 0);
  return {first, trial.read_loss()};
}

TEST(StepTrial, MakesTheFirstStepOfTheRun) {
  const testing::TinyRun run({"max_iter=1"});
  (void)run.train();
  EXPECT_EQ(losses_at(0.01).first, run.metrics("step").front().at("loss").get<double>());
}

TEST(StepTrial, AtARateOfZeroAStepRepeatsItself) {
  const auto [first, second] = losses_at(0);
  EXPECT_EQ(first, second);
  const auto [before, after] = losses_at(0.01);
  EXPECT_EQ(before, first);
  EXPECT_NE(after, before);
}

}  // namespace
}  // namespace seg
