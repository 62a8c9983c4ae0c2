// SPDX-License-Identifier: Apache-2.0
#include "training/loading_choices.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "tests/loader/fake_dataset.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::FakeDataset;

class LoadingChoices : public ::testing::Test {
 protected:
  LoadingChoices() {
    config_.run.max_iter = 1000;
    config_.augmentation.cropsize = {64, 96};
    config_.loader.ims_per_gpu = 2;
    settings_ = resolve_settings(config_, train_);
    settings_.shares.num_workers = 1;
  }

  SampleCosts measure() { return measure_samples(config_, settings_, train_, validation_); }
  std::int64_t settle(double unevenness, std::int64_t spare_memory) {
    return settle_prefetch(config_, train_, {.unevenness = unevenness}, spare_memory, settings_);
  }

  std::vector<std::size_t> of_train_, of_validation_;  // images that were read
  FakeDataset train_{{.size = 20, .fetched = &of_train_}}, validation_{{.size = 6, .fetched = &of_validation_}};
  Config config_;
  RunSettings settings_;
};

TEST_F(LoadingChoices, EachSampleIsMeasuredOnceForAllThatDependsOnIt) {
  config_.loader.cache = "auto";
  const SampleCosts costs = measure();
  EXPECT_EQ(of_train_.size(), 8U);
  EXPECT_EQ(of_validation_.size(), 6U);
  EXPECT_EQ(costs.train.images, 20);
  EXPECT_EQ(costs.validation.images, 6);
  (void)settle(costs.train.unevenness, 1 << 30);
  (void)choose_cache_of_run(config_, settings_, train_, {.usable_memory = 1 << 30}, costs);
  EXPECT_EQ(of_train_.size() + of_validation_.size(), 14U);
}

TEST_F(LoadingChoices, WhatNothingDependsOnIsNotMeasured) {
  EXPECT_EQ(measure().validation.images, 0);  // only a cache holds them
  EXPECT_EQ(of_train_.size(), 8U);
  config_.watching.advise = false;
  EXPECT_EQ(measure().train.images, 20);
  EXPECT_EQ(measure_training_samples(config_, settings_, train_).images, 20);
  of_train_.clear();
  config_.loader.prefetch_factor = 2;
  EXPECT_EQ(measure().train.images, 0);
  config_.loader.prefetch_factor.reset();
  settings_.shares.num_workers = 0;
  EXPECT_EQ(measure().train.images, 0);
  EXPECT_EQ(measure_training_samples(config_, settings_, train_).images, 0);
  EXPECT_TRUE(of_train_.empty() && of_validation_.empty());
}

TEST_F(LoadingChoices, UnevenSamplesMakeTheRingDeeper) {
  EXPECT_EQ(settings_.prefetch.steps, kUsualPrefetch);
  const std::int64_t usual = settle(1, 1 << 30);
  EXPECT_EQ(loader_options(config_, train_, settings_).slots, 3);
  const std::int64_t deeper = settle(3.5, 1 << 30);  // 1 + 3.5 / 2
  EXPECT_EQ(loader_options(config_, train_, settings_).slots, 4);
  EXPECT_EQ(deeper, usual / 3 * 4);
  EXPECT_EQ(settle(3.5, 0), usual);
  config_.loader.prefetch_factor = 5;
  EXPECT_EQ(settle(3.5, 0), usual * 2);
  EXPECT_EQ(settings_.prefetch.reason, "as asked");
}

TEST_F(LoadingChoices, TheCacheIsForBothDataSetsInWhatTheRunLeaves) {
  config_.loader.cache = "ram";
  const SampleCosts costs = measure();
  const std::int64_t both = costs.train.bytes + costs.validation.bytes;
  constexpr std::int64_t kGib = std::int64_t{1} << 30;
  const CacheChoice choice =
      choose_cache_of_run(config_, settings_, train_, {.usable_memory = 8 * kGib, .memory = 3 * kGib}, costs);
  EXPECT_EQ(choice.tier, CacheTier::ram);
  EXPECT_EQ(choice.budget_bytes, 4 * kGib);  // a GiB stays free
  EXPECT_EQ(choice.expected_bytes, both);
  EXPECT_TRUE(testing::contains(choice.reason, "26 images")) << choice.reason;
  config_.loader.cache = "auto";
  config_.run.max_iter = 10;  // of two images each
  settings_ = resolve_settings(config_, train_);
  EXPECT_EQ(choose_cache_of_run(config_, settings_, train_, {.usable_memory = 8 * kGib}, costs).reason,
            "auto: each image is used about once");
}

}  // namespace
}  // namespace seg
