// SPDX-License-Identifier: Apache-2.0
#include "doctor/rate_model.h"

#include <gtest/gtest.h>

#include "tests/doctor/judged.h"

namespace seg {
namespace {

RunCosts costs(std::int64_t threads, std::int64_t workers, std::int64_t processors) {
  return {.loading = 0.020, .computing = 0.010, .threads = threads, .workers = workers, .processors = processors};
}

TEST(RateModel, WithoutWorkersTheyTakeTurns) {
  EXPECT_NEAR(predicted_rate(costs(2, 0, 2)), 1 / 0.030, 1e-9);
  EXPECT_NEAR(predicted_wait(costs(2, 0, 2)), 2.0 / 3, 1e-9);
}

TEST(RateModel, WithWorkersTheSlowerPartSetsThePace) {
  EXPECT_NEAR(predicted_rate(costs(2, 1, 8)), 50, 1e-9);   // the loader
  EXPECT_NEAR(predicted_rate(costs(2, 4, 8)), 100, 1e-9);  // the step
  EXPECT_NEAR(predicted_wait(costs(2, 4, 8)), 0, 1e-9);
}

TEST(RateModel, MoreThreadsThanProcessorsShareThem) {
  // 20 ms of a worker and 2 x 10 ms of compute threads, on two processors.
  EXPECT_NEAR(predicted_rate(costs(2, 2, 2)), 2 / 0.040, 1e-9);
}

TEST(RateModel, AGpuTakesNoProcessors) {
  RunCosts gpu = costs(1, 2, 2);
  gpu.computes_on_cpu = false;
  EXPECT_NEAR(predicted_rate(gpu), 100, 1e-9);
}

TEST(RateModel, MoreComputeThreadsShareTheStep) {
  const RunCosts four = with_threads(costs(2, 0, 4), 4);
  EXPECT_EQ(four.threads, 4);
  EXPECT_DOUBLE_EQ(four.computing, 0.005);
}

TEST(RateModel, TheBestDivisionIsTheBestOfAll) {
  for (const double computing : {0.001, 0.02, 0.3}) {
    for (std::int64_t processors = 1; processors <= 12; ++processors) {
      const RunCosts now{.loading = 0.02, .computing = computing, .threads = processors, .processors = processors};
      const RunCosts best = best_division(now);
      EXPECT_LE(best.threads + best.workers, processors);
      for (std::int64_t workers = 0; workers < processors; ++workers) {
        RunCosts other = with_threads(now, processors - workers);
        other.workers = workers;
        EXPECT_LE(predicted_rate(other), 1.02 * predicted_rate(best));
      }
    }
  }
}

TEST(RateModel, ADivisionThatIsHardlyBetterIsNone) {
  const RunCosts now = costs(6, 2, 8);
  EXPECT_EQ(best_division(best_division(now)).workers, best_division(now).workers);
  RunCosts on_gpu{.loading = 0.001, .computing = 0.1, .workers = 3, .processors = 64, .computes_on_cpu = false};
  EXPECT_EQ(best_division(on_gpu).workers, 3);
  on_gpu.loading = 10;
  EXPECT_EQ(best_division(on_gpu).workers, 16);  // more rarely helps
}

TEST(RateModel, CostsAreThoseOfTheStages) {
  const auto costs = costs_of(testing::healthy_figures());
  ASSERT_TRUE(costs);
  EXPECT_DOUBLE_EQ(costs->loading, 0.020);
  EXPECT_DOUBLE_EQ(costs->computing, 1.0 / 30);
  EXPECT_EQ(costs->threads, 7);
  EXPECT_EQ(costs->workers, 1);
}

TEST(RateModel, WithoutStagesTheLoadersRateTells) {
  Figures figures = testing::healthy_figures();
  figures.stages = {};
  figures.loader_workers = 4;
  EXPECT_DOUBLE_EQ(costs_of(figures).value().loading, 4.0 / 50);
}

TEST(RateModel, NothingIsPredictedOfWhatIsUnknown) {
  Figures figures = testing::healthy_figures();
  figures.step_rate.reset();
  EXPECT_FALSE(costs_of(figures));
  figures = testing::healthy_figures();
  figures.stages = {};
  figures.loader_rate.reset();
  EXPECT_FALSE(costs_of(figures));
}

TEST(RateModel, LessLoadingGainsUntilTheStepSetsThePace) {
  const Figures starved = testing::starved_figures();  // 50 ms to load, 16.7 ms to compute
  EXPECT_NEAR(gain_of_less_loading(starved, 25).value(), 2, 1e-9);
  EXPECT_NEAR(gain_of_less_loading(starved, 49).value(), 3, 1e-9);
  EXPECT_FALSE(gain_of_less_loading(starved, 1));  // not worth a word
  EXPECT_FALSE(gain_of_less_loading({}, 25));
}

TEST(RateModel, GainsAreRatios) {
  EXPECT_DOUBLE_EQ(gain(costs(2, 1, 8), costs(2, 2, 8)), 2);
  EXPECT_DOUBLE_EQ(gain_of_part(0.5, 2), 1 / 0.75);
  EXPECT_DOUBLE_EQ(with_less_loading(costs(1, 0, 1), 5).loading, 0.015);
  EXPECT_DOUBLE_EQ(with_less_loading(costs(1, 0, 1), 500).loading, 0);
}

}  // namespace
}  // namespace seg
