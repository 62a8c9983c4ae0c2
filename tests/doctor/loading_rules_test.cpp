// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/doctor/judged.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::contains;
using testing::found;
using testing::healthy_figures;
using testing::set;
using testing::starved_figures;

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
  figures.loader_rate = 30;  // too slow on average, too
  EXPECT_FALSE(found(figures, "deeper_prefetch"));
}

TEST(LoadingRules, DecodedImagesThatFitBelongInMemory) {
  const auto finding = found(starved_figures(), "cache_in_memory");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"cache", "ram"}}));
  // Of 50 ms, reading (0.5), decoding (35) and the labels' decoding (8 less a third of 4) go:
  // the step sets the pace then.
  EXPECT_NEAR(finding->expected_speedup.value(), 3, 1e-9);
  EXPECT_TRUE(contains(finding->evidence, "2.0 GB")) << finding->evidence;
  EXPECT_FALSE(found(healthy_figures(), "cache_in_memory"));  // the step sets the pace there
}

TEST(LoadingRules, MemoryWithoutRoomKeepsNothing) {
  Figures figures = starved_figures();
  figures.usable_memory_bytes = 7 * testing::kGigabyte;
  EXPECT_FALSE(found(figures, "cache_in_memory"));
  figures = starved_figures();
  figures.epochs = 1;
  EXPECT_FALSE(found(figures, "cache_in_memory"));
  figures = starved_figures();
  figures.cache = "ram";
  EXPECT_FALSE(found(figures, "cache_in_memory"));
}

TEST(LoadingRules, WhatDoesNotFitIntoMemoryMayFitADisk) {
  Figures figures = starved_figures();
  figures.decoded_bytes = 80 * testing::kGigabyte;
  figures.images = 80000;
  const auto finding = found(figures, "cache_on_disk");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"cache", "disk"}}));
  EXPECT_GT(finding->expected_speedup.value(), 2);
  figures.cold_bytes_per_second = 20e6;  // 50 ms for a decoded image
  EXPECT_FALSE(found(figures, "cache_on_disk"));
  EXPECT_FALSE(found(starved_figures(), "cache_on_disk"));
}

TEST(LoadingRules, ADiskSlowerThanTheStepIsNamed) {
  Figures figures = healthy_figures();
  figures.file_bytes = 100 * testing::kGigabyte;
  figures.cold_samples_per_second = 10;
  const auto finding = found(figures, "slow_disk");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 3, 1e-9);
  EXPECT_TRUE(finding->change.empty());
  figures.cold_samples_per_second = 40;
  EXPECT_FALSE(found(figures, "slow_disk"));
  figures = healthy_figures();
  figures.cold_samples_per_second = 10;  // but all files stay in memory once they were read
  EXPECT_FALSE(found(figures, "slow_disk"));
}

TEST(LoadingRules, AShortRunFeelsItsFirstEpoch) {
  Figures figures = healthy_figures();
  figures.cold_samples_per_second = 10;
  figures.epochs = 4;
  const auto finding = found(figures, "cold_start");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), (1 / 10.0 + 3 / 29.5) / (4 / 29.5), 1e-9);
  figures.epochs = 400;
  EXPECT_FALSE(found(figures, "cold_start"));
}

TEST(LoadingRules, ImagesFarLargerThanTheCropAreNamed) {
  Figures figures = starved_figures();
  figures.image_pixels = 16 * 512 * 512;
  const auto finding = found(figures, "large_images");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 50 / (50 - 35 * 0.75), 1e-9);
  EXPECT_FALSE(found(starved_figures(), "large_images"));
}

TEST(LoadingRules, LabelsThatTakeLongerThanImagesAreNamed) {
  Figures figures = starved_figures();
  set(figures, LoaderStage::decode, 10);
  set(figures, LoaderStage::label, 33);
  const auto finding = found(figures, "label_decoding");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 50 / (50 - 33 + 4.0 / 3), 1e-9);
  EXPECT_FALSE(found(starved_figures(), "label_decoding"));
}

TEST(LoadingRules, DistancesCanBeCutFromKeptMaps) {
  Figures figures = starved_figures();
  set(figures, LoaderStage::distance_map, 20);
  figures.distance_map = "online";
  EXPECT_FALSE(found(figures, "distance_maps"));  // there is no cache to keep them
  figures.cache = "ram";
  const auto finding = found(figures, "distance_maps");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"distance_map", "cache"}}));
  EXPECT_GT(finding->expected_speedup.value(), 1.3);
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
}  // namespace seg
