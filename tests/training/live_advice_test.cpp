// SPDX-License-Identifier: Apache-2.0
#include "training/live_advice.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

// Eight processors, of which seven compute; eight images a step.
Figures known_figures() {
  return {.processors = 8,
          .computes_on_cpu = true,
          .half_precision = "none",
          .usable_memory_bytes = 32'000'000'000,
          .threads = 7,
          .workers = 1,
          .images_of_micro_batch = 8,
          .micro_batches = 1,
          .asked_micro_batches = 1,
          .prefetch_steps = 4,
          .cache = "off",
          .precision = "fp32",
          .steps = 10000,
          .memory_forecast_bytes = 1'000'000'000,
          .images = 800};
}

// A run of steps of a second, whose loader takes as long on one core for each image as is said.
class ImaginedRun {
 public:
  explicit ImaginedRun(const Figures& known = known_figures(), std::int64_t first = 0,
                       const std::vector<Finding>& tried = {})
      : advice(known, first, tried) {
    now.step = first;
  }

  void go_on(std::int64_t steps, double wait = 0, double loading = 0.05) {
    const auto count = static_cast<double>(steps);
    now.step += steps;
    now.phases[Phase::data_wait] += wait * count;
    now.phases[Phase::backward] += (1 - wait) * count;
    now.loader.samples += 8 * steps;
    now.loader.seconds[static_cast<std::size_t>(LoaderStage::decode)] += 8 * count * loading;
  }
  // Rules that are told at the line: + or - before each.
  std::string line() {
    std::string text;
    for (const FindingNews& news : advice.look_at(now)) {
      if (news.finding.rule == "oversubscribed") continue;  // depends on what else this machine does
      text += (text.empty() ? "" : " ") + std::string(news.has_come ? "+" : "-") + news.finding.rule;
    }
    return text;
  }
  bool has(const std::string& rule) const { return finding_of(advice.all(now), rule) != nullptr; }
  bool stands(const std::string& rule) const { return finding_of(advice.standing(), rule) != nullptr; }

  RunProgress now;
  LiveAdvice advice;
};

TEST(LiveAdvice, AHealthyRunIsLeftAlone) {
  ImaginedRun run;
  for (int i = 0; i < 10; ++i) {
    run.go_on(20);
    EXPECT_EQ(run.line(), "");
  }
  EXPECT_FALSE(run.has("more_workers"));
}

TEST(LiveAdvice, AStarvedRunIsToldOnceAndOnceWhenItIsOver) {
  ImaginedRun run;
  run.go_on(5);
  EXPECT_EQ(run.line(), "");
  std::string told;
  for (int i = 0; i < 5; ++i) {
    run.go_on(20, 0.6, 0.12);
    told += run.line() + ";";
  }
  EXPECT_EQ(told, ";+more_workers;;;;");
  EXPECT_TRUE(run.stands("more_workers"));
  told.clear();
  for (int i = 0; i < 5; ++i) {
    run.go_on(20);
    told += run.line() + ";";
  }
  EXPECT_EQ(told, ";;-more_workers;;;");
  EXPECT_FALSE(run.stands("more_workers"));
}

TEST(LiveAdvice, TheEndJudgesTheWholeRun) {
  ImaginedRun run;
  run.go_on(5);
  (void)run.line();
  run.go_on(4, 0.6, 0.12);  // less than ten seconds, so never judged alone
  EXPECT_EQ(run.line(), "");
  EXPECT_TRUE(run.has("more_workers"));
  const std::vector<Finding> all = run.advice.all(run.now);
  const Finding* const finding = finding_of(all, "more_workers");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->change.at("num_workers"), "2");
  EXPECT_GT(finding->expected_speedup, 1.2);
}

TEST(LiveAdvice, WarmingUpIsNotJudged) {
  ImaginedRun run;
  run.go_on(2, 0.9, 0.5);
  EXPECT_EQ(run.line(), "");
  EXPECT_FALSE(run.has("more_workers"));
  run.go_on(3, 0.9, 0.5);
  EXPECT_EQ(run.line(), "");
  for (int i = 0; i < 3; ++i) {
    run.go_on(20);
    EXPECT_EQ(run.line(), "");
  }
}

TEST(LiveAdvice, WhileACacheFillsNothingIsJudged) {
  Figures known = known_figures();
  known.cache = "ram";
  ImaginedRun run(known, 1000);
  for (int i = 0; i < 5; ++i) {
    run.go_on(20, 0.6, 0.12);  // of 100 steps, by which each image was there once
    EXPECT_EQ(run.line(), "");
  }
  for (int i = 0; i < 4; ++i) {
    run.go_on(20);
    EXPECT_EQ(run.line(), "");
  }
  EXPECT_FALSE(run.has("more_workers"));
}

TEST(LiveAdvice, ShortStretchesWaitForMore) {
  ImaginedRun run;
  run.go_on(5);
  (void)run.line();
  for (int i = 0; i < 19; ++i) {
    run.go_on(1, 0.5, 0.12);
    EXPECT_EQ(run.line(), "") << i;  // one stretch of ten steps, and less than another
  }
  run.go_on(1, 0.5, 0.12);
  EXPECT_EQ(run.line(), "+more_workers");
}

TEST(LiveAdvice, CheckpointsAreJudgedFromTheSecondOn) {
  ImaginedRun run;
  run.go_on(5);
  (void)run.line();
  std::string told;
  for (int i = 0; i < 4; ++i) {
    run.now.phases[Phase::checkpoint] += 3;
    ++run.now.num_checkpoints;
    run.go_on(20);
    told += run.line() + ";";
  }
  EXPECT_EQ(told, ";;+checkpoint_share;;");
}

TEST(LiveAdvice, SkippedStepsAreThoseOfTheStretch) {
  Figures known = known_figures();
  known.precision = "fp16";
  ImaginedRun run(known);
  run.now.skipped_steps = 50;  // before
  run.go_on(5);
  (void)run.line();
  std::string told;
  for (int i = 0; i < 5; ++i) {
    if (i < 2) *run.now.skipped_steps += 2;
    run.go_on(20);
    told += run.line() + ";";
  }
  EXPECT_EQ(told, ";+fp16_overflows;;;-fp16_overflows;");
}

TEST(LiveAdvice, ABatchThatHadToBeSplitIsADanger) {
  ImaginedRun run;
  run.go_on(5);
  (void)run.line();
  run.now.micro_batches = 2;
  run.go_on(20);
  EXPECT_EQ(run.line(), "+memory_tight");
}

TEST(LiveAdvice, AGpuThatIdlesIsToldByAllThatTheDriverSays) {
  Figures known = known_figures();
  known.computes_on_cpu = false;
  ImaginedRun run(known);
  run.go_on(5);
  run.now.gpu_utilisation = 0.95;
  run.now.gpu_memory_share = 0.2;
  EXPECT_EQ(run.line(), "");
  std::string told;
  for (int i = 0; i < 3; ++i) {
    run.now.gpu_utilisation = 0.5;
    run.go_on(20);
    told += run.line() + ";";
  }
  EXPECT_EQ(told, ";+idle_gpu;;");
  ASSERT_TRUE(run.has("idle_gpu"));
  EXPECT_TRUE(finding_of(run.advice.all(run.now), "idle_gpu")->change.contains("ims_per_gpu"));  // there is room
  for (int i = 0; i < 20; ++i) {
    run.now.gpu_utilisation = 0.9;
    run.go_on(20);
    (void)run.line();
  }
  run.now.gpu_utilisation = 0.1;  // one moment is not the run
  run.go_on(1);
  (void)run.line();
  EXPECT_FALSE(run.has("idle_gpu"));
}

TEST(LiveAdvice, StepsThatWaitNowAndThenWantADeeperRing) {
  Figures known = known_figures();
  known.prefetch_steps = 2;
  ImaginedRun run(known);
  run.go_on(5);
  (void)run.line();
  std::string told;
  for (int i = 0; i < 2; ++i) {
    run.go_on(20, 0.12, 0.05);  // one worker could load twenty images a second, and there are eight
    told += run.line() + ";";
  }
  EXPECT_EQ(told, ";+deeper_prefetch;");
}

TEST(LiveAdvice, EvaluationsWithoutProgressAreCounted) {
  Figures known = known_figures();
  known.early_stop_patience = 0;
  ImaginedRun run(known);
  run.now.evaluations_without_progress = 12;
  EXPECT_TRUE(run.has("no_progress"));
}

TEST(LiveAdvice, WhatWasTriedForThisRunAndDidNotHelpIsNotAdvisedAgain) {
  const auto told = [](const std::vector<Finding>& tried) {
    ImaginedRun run(known_figures(), 0, tried);
    run.go_on(5);
    (void)run.line();
    std::string all;
    for (int i = 0; i < 3; ++i) {
      run.go_on(20, 0.6, 0.12);
      all += run.line();
    }
    return all + (run.has("more_workers") ? " at the end" : "");
  };
  Finding tried{.rule = "more_workers", .evidence = {}, .advice = {}, .change = {}, .verified_speedup = 0.9};
  EXPECT_EQ(told({tried}), "+more_workers at the end");  // it was another change
  ImaginedRun run;
  run.go_on(5);
  (void)run.line();
  run.go_on(20, 0.6, 0.12);
  tried.change = finding_of(run.advice.all(run.now), "more_workers")->change;
  EXPECT_EQ(told({tried}), "");
  tried.verified_speedup.reset();  // there was no time for it
  EXPECT_EQ(told({tried}), "+more_workers at the end");
}

TEST(LiveAdvice, TellsAFindingInOneLine) {
  Finding finding;
  finding.rule = "cache_in_memory";
  finding.evidence = "decoding takes 9 of 12 ms";
  finding.advice = "keep decoded images in memory";
  EXPECT_EQ(text_of(finding), "decoding takes 9 of 12 ms: keep decoded images in memory [cache_in_memory]");
  finding.change = {{"cache", "ram"}};
  finding.expected_speedup = 1.5;
  EXPECT_EQ(text_of(finding),
            "decoding takes 9 of 12 ms: keep decoded images in memory (cache=ram); expected 1.50x [cache_in_memory]");
}

}  // namespace
}  // namespace seg
