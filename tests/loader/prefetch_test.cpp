// SPDX-License-Identifier: Apache-2.0
#include "loader/prefetch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace seg {
namespace {

constexpr std::int64_t kGib = std::int64_t{1} << 30;

PrefetchRequest with_room(PrefetchRequest request) {
  request.step_bytes = 1000;
  request.spare_memory = kGib;
  return request;
}

// A loader and a step, imagined sample by sample: workers take samples in order as long as there is a slot, each of
// which is free again when its step is done. A sample takes 1, the slow one more, and a step hardly more than it takes
// to load it. Returns how long steps wait from the slow one on, wherever in its step it stands.
double longest_wait(const PrefetchRequest& request, std::int64_t steps_ahead) {
  constexpr std::size_t kSteps = 2000, kSlowStep = 1500;
  const auto samples = static_cast<std::size_t>(request.samples_per_step);
  const auto slots = static_cast<std::size_t>(steps_ahead) + 1;
  const double step_time = 1.02 * static_cast<double>(samples) / request.num_workers;
  double longest = 0;
  for (std::size_t slow = 0; slow < samples; ++slow) {
    std::vector<double> free_at(static_cast<std::size_t>(request.num_workers)), end(kSteps);
    double waits = 0;
    for (std::size_t step = 0; step < kSteps; ++step) {
      const double open = step < slots ? 0 : end[step - slots], before = step == 0 ? 0 : end[step - 1];
      double ready = 0;
      for (std::size_t i = 0; i < samples; ++i) {
        double& worker = *std::ranges::min_element(free_at);
        worker = std::max(worker, open) + (step == kSlowStep && i == slow ? request.unevenness : 1);
        ready = std::max(ready, worker);
      }
      if (step >= kSlowStep) waits += std::max(0.0, ready - before);
      end[step] = std::max(ready, before) + step_time;
    }
    longest = std::max(longest, waits);
  }
  return longest;
}

TEST(Prefetch, ASlowSampleIsHiddenByTheStepsAheadAndHardlyByFewer) {
  int num_deeper = 0;
  for (const int workers : {1, 2, 4, 8}) {
    for (const std::int64_t samples : {1, 2, 4, 8, 16}) {
      for (const double unevenness : {1.0, 1.5, 3.0}) {
        const PrefetchRequest request =
            with_room({.num_workers = workers, .samples_per_step = samples, .unevenness = unevenness});
        const std::int64_t steps = choose_prefetch(request).steps;
        SCOPED_TRACE(::testing::Message() << workers << " workers, " << samples << " samples, " << unevenness);
        if (steps == 16) continue;  // the most, which may be too few
        EXPECT_LT(longest_wait(request, steps), 1e-6) << steps;
        if (steps <= kUsualPrefetch + 1) continue;
        EXPECT_GT(longest_wait(request, steps - 2), 0.01) << steps;
        ++num_deeper;
      }
    }
  }
  EXPECT_GT(num_deeper, 10);
}

TEST(Prefetch, IsTheUsualOneWhereFewWorkersMakeLargeSteps) {
  EXPECT_EQ(choose_prefetch(with_room({.num_workers = 1, .samples_per_step = 8, .unevenness = 3})).steps, 2);
  EXPECT_EQ(choose_prefetch(with_room({.num_workers = 8, .samples_per_step = 64, .unevenness = 4})).steps, 2);
  const PrefetchChoice alone = choose_prefetch(with_room({.num_workers = 0, .unevenness = 4}));
  EXPECT_EQ(alone.steps, 2);
  EXPECT_EQ(alone.reason, "the training thread loads, and nothing ahead");
}

TEST(Prefetch, SaysWhatItFollowsFrom) {
  const PrefetchChoice choice =
      choose_prefetch(with_room({.num_workers = 16, .samples_per_step = 8, .unevenness = 1.8}));
  EXPECT_EQ(choice.steps, 5);  // 1 + 3.6
  EXPECT_EQ(choice.reason, "16 workers, 8 samples a step, of which slow ones take 1.8 times as long as most");
}

TEST(Prefetch, KeepsToATenthOfTheMemoryThatIsLeft) {
  PrefetchRequest request{.num_workers = 16, .samples_per_step = 8, .unevenness = 1.8, .step_bytes = 100};
  request.spare_memory = 2999;
  EXPECT_EQ(choose_prefetch(request).steps, 4);
  EXPECT_TRUE(choose_prefetch(request).reason.ends_with("; memory has no room for 5"));
  request.spare_memory = 3000;
  EXPECT_EQ(choose_prefetch(request).steps, 5);
  request.spare_memory = -1;  // the usual one is in the forecast
  EXPECT_EQ(choose_prefetch(request).steps, 2);
}

TEST(Prefetch, IsBoundedWhateverWasMeasured) {
  EXPECT_EQ(choose_prefetch(with_room({.num_workers = 256, .samples_per_step = 1, .unevenness = 100})).steps, 16);
  EXPECT_EQ(choose_prefetch(with_room({.num_workers = 4, .samples_per_step = 8, .unevenness = 100})).steps, 3);
  EXPECT_EQ(choose_prefetch(with_room({.num_workers = 16, .samples_per_step = 8, .unevenness = 0})).steps, 3);
}

TEST(Prefetch, WhatIsAskedForIsDone) {
  const PrefetchChoice choice = choose_prefetch({.steps = 1, .num_workers = 16});
  EXPECT_EQ(choice.steps, 1);
  EXPECT_EQ(choice.reason, "as asked");
  EXPECT_EQ(choose_prefetch({.steps = 64, .num_workers = 0}).steps, 64);
}

}  // namespace
}  // namespace seg
