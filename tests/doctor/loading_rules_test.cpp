// SPDX-License-Identifier: Apache-2.0
#include "tests/doctor/judged.h"

namespace seg::testing {
namespace {

TEST(LoadingRules, AStarvedStepWantsMoreWorkers) {
  const auto finding = found(starved_figures(), "more_workers");
  ASSERT_TRUE(finding);
  // 50 ms to load, 16.7 ms on seven threads to compute: three workers give 60/s, and five threads take 42.9 of them.
  EXPECT_EQ(finding->change, (Change{{"num_workers", "3"}, {"threads", "5"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), 60 * 5.0 / 7 / 20, 1e-9);
  EXPECT_TRUE(contains(finding->evidence, "66 %")) << finding->evidence;
  EXPECT_TRUE(contains(finding->evidence, "20.0 images/s")) << finding->evidence;
  EXPECT_FALSE(found(healthy_figures(), "more_workers"));
}

TEST(LoadingRules, BesideAGpuWorkersCostNoThreads) {
  Figures figures = starved_figures();
  figures.computes_on_cpu = false;
  figures.threads = 1;
  const auto finding = found(figures, "more_workers");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"num_workers", "3"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), 3.0, 1e-9);
}

TEST(LoadingRules, WorkersThatIdleShouldCompute) {
  Figures figures = healthy_figures();
  figures.threads = 4;
  figures.workers = 4;
  figures.step_rate = 10;
  const auto finding = found(figures, "fewer_workers");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"num_workers", "1"}, {"threads", "7"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), 1.75, 1e-9);
  EXPECT_FALSE(found(healthy_figures(), "fewer_workers"));
}

TEST(LoadingRules, ProcessorsThatNobodyUsesShouldCompute) {
  Figures figures = healthy_figures();
  figures.threads = 3;
  figures.step_rate = 12;
  const auto finding = found(figures, "idle_processors");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"num_workers", "1"}, {"threads", "7"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), 7.0 / 3, 1e-9);
  EXPECT_TRUE(contains(finding->evidence, "1 worker and 3 compute threads on 8 processors")) << finding->evidence;
  EXPECT_FALSE(found(healthy_figures(), "idle_processors"));
  figures.computes_on_cpu = false;
  EXPECT_FALSE(found(figures, "idle_processors"));
}

TEST(LoadingRules, AnUnevenLoaderWantsADeeperRing) {
  Figures figures = healthy_figures();
  set(figures, Phase::data_wait, 0.12);
  const auto finding = found(figures, "deeper_prefetch");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"prefetch_factor", "4"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), 1 / 0.94, 1e-9);
  figures.prefetch_steps = 4;
  EXPECT_FALSE(found(figures, "deeper_prefetch"));
  figures.prefetch_steps = 2;
  figures.loader_rate.reset();  // as while a run trains: what its stages take is known
  EXPECT_TRUE(found(figures, "deeper_prefetch"));
  figures.loader_rate = 30;  // too slow on average, too
  EXPECT_FALSE(found(figures, "deeper_prefetch"));
  figures.loader_rate = 90;  // with more workers than the run has
  set(figures, LoaderStage::decode, 25);
  EXPECT_FALSE(found(figures, "deeper_prefetch"));
}

TEST(LoadingRules, TheSlowPartOfAugmentationIsNamed) {
  Figures figures = starved_figures();
  figures.stages = {0.5, 5, 2, 10, 32, std::nullopt, std::nullopt};
  const auto colours = found(figures, "slow_augmentation");
  ASSERT_TRUE(colours);
  EXPECT_TRUE(contains(colours->evidence, "changing colours takes 32.0 of 49.5 ms")) << colours->evidence;
  figures.stages = {0.5, 5, 2, 32, 10, std::nullopt, std::nullopt};
  const auto sizes = found(figures, "slow_augmentation");
  ASSERT_TRUE(sizes);
  EXPECT_TRUE(contains(sizes->evidence, "resampling takes 32.0"));
  set(figures, Phase::data_wait, 0.01);
  EXPECT_FALSE(found(figures, "slow_augmentation"));
}

TEST(LoadingRules, WorkersBeyondTheProcessorsAreNamed) {
  Figures figures = healthy_figures();
  figures.asked_workers = 12;
  figures.processor_quota = 8.5;
  const auto finding = found(figures, "workers_do_not_fit");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"num_workers", "auto"}}));
  EXPECT_FALSE(finding->expected_speedup);
  EXPECT_TRUE(contains(finding->evidence, "the control group allows 8.5")) << finding->evidence;
  figures.asked_workers = 1;
  EXPECT_FALSE(found(figures, "workers_do_not_fit"));
  figures.asked_threads = 12;
  EXPECT_EQ(found(figures, "workers_do_not_fit").value().change, (Change{{"threads", "auto"}}));
  figures.asked_workers = 4;
  const auto both = found(figures, "workers_do_not_fit");
  ASSERT_TRUE(both);
  EXPECT_TRUE(contains(both->evidence, "4 workers and 12 compute threads are asked for")) << both->evidence;
  EXPECT_TRUE(contains(both->evidence, "there are 1 and 7")) << both->evidence;
}

TEST(LoadingRules, VeryManyWorkersAreSeldomNeeded) {
  Figures figures = healthy_figures();
  figures.computes_on_cpu = false;
  figures.processors = 64;
  figures.workers = 32;
  ASSERT_TRUE(found(figures, "many_workers"));
  figures.workers = 16;
  EXPECT_FALSE(found(figures, "many_workers"));
}

}  // namespace
}  // namespace seg::testing
