// SPDX-License-Identifier: Apache-2.0
#include "doctor/tuning.h"

#include <gtest/gtest.h>

#include <functional>

#include "doctor/rate_model.h"
#include "tests/doctor/judged.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

// A machine whose runs cost what they are said to, each ten seconds of a clock that nobody waits for.
class Machine {
 public:
  Figures start = testing::starved_figures();
  double seconds = 0, seconds_of_trial = 10;
  std::vector<std::string> trials;                               // by their changes
  std::function<double(const Change&, std::size_t trial)> luck;  // a factor of a trial's rate
  std::string deadly;                                            // a change with which runs die
  std::size_t last_alive = 1000;                                 // runs after that one die
  std::size_t last_in_time = 1000;                               // and for those after this one there is no time
  std::vector<double> others{};                                  // processors that other programs keep busy, by trial
  std::vector<KnownRun> known{};                                 // before the first
  bool follows_model = true;

  Trial run(const Change& change) {
    if (trials.size() >= last_in_time) return {.had_time = false};
    seconds += seconds_of_trial;
    trials.push_back(text_of(change));
    if (trials.size() > last_alive || (!deadly.empty() && testing::contains(trials.back(), deadly))) return {};
    return {.figures = figures_with(change)};
  }

  Figures figures_with(const Change& change) const {
    Figures f = start;
    if (change.contains("cache")) {
      f.cache = change.at("cache");
      for (const auto stage : {LoaderStage::read, LoaderStage::decode}) testing::set(f, stage, 0.2);
      testing::set(f, LoaderStage::label, 1);
    }
    RunCosts costs = costs_of(f).value();
    if (change.contains("threads")) costs = with_threads(costs, std::stoll(change.at("threads")));
    if (change.contains("num_workers")) costs.workers = std::stoll(change.at("num_workers"));
    f.threads = costs.threads;
    f.workers = costs.workers;
    f.step_rate = 1 / costs.computing;
    f.run_rate = follows_model ? predicted_rate(costs) : predicted_rate(costs_of(start).value());
    testing::set(f, Phase::data_wait, predicted_wait(costs));
    if (luck) *f.run_rate *= luck(change, trials.size());
    if (!trials.empty() && trials.size() <= others.size()) f.busy_elsewhere = others[trials.size() - 1];
    return f;
  }

  // Whatever happens: there is a total if and only if something was kept.
  Tuning tune(double budget) {
    Tuning tuning = seg::tune(
        start, [this](const Change& change) { return run(change); },
        {.seconds = budget, .seconds_of_trial = seconds_of_trial, .known = known, .now = [this] { return seconds; }});
    EXPECT_EQ(tuning.total.has_value(), !tuning.change.empty());
    EXPECT_EQ(tuning.num_trials, static_cast<int>(trials.size()));
    const auto kept = std::ranges::count_if(tuning.findings, &Finding::is_applied);
    EXPECT_EQ(kept > 0, !tuning.change.empty());
    EXPECT_GE(tuning.total.value_or(Comparison()).speedup, 1);
    return tuning;
  }
};

TEST(Tuning, KeepsWhatHelpsAndMeasuresTheWhole) {
  Machine machine;
  const Tuning tuning = machine.tune(10000);
  EXPECT_EQ(tuning.change.at("cache"), "ram");
  ASSERT_TRUE(tuning.total);
  EXPECT_NEAR(tuning.total->speedup, 3, 1e-9);
  EXPECT_NEAR(tuning.total->before, 20, 1e-9);
  EXPECT_NEAR(tuning.total->after, 60, 1e-9);
  EXPECT_NEAR(tuning.total->spread().value(), 0, 1e-9);
  EXPECT_EQ(tuning.num_trials, 4);  // a single change was compared with the beginning as it was tried
  EXPECT_EQ(tuning.after.cache, "ram");
  EXPECT_TRUE(tuning.had_time);
  ASSERT_FALSE(tuning.findings.empty());
  const Finding& first = tuning.findings.front();
  EXPECT_EQ(first.rule, "cache_in_memory");
  EXPECT_TRUE(first.is_applied);
  EXPECT_NEAR(first.verified_speedup.value(), first.expected_speedup.value(), 0.01);
}

TEST(Tuning, TakesTurnsWithTheBestSoFar) {
  Machine machine;
  (void)machine.tune(10000);
  ASSERT_GE(machine.trials.size(), 4u);
  EXPECT_EQ(machine.trials[0], "");
  EXPECT_EQ(machine.trials[1], "cache=ram");
  EXPECT_EQ(machine.trials[2], "");
  EXPECT_EQ(machine.trials[3], "cache=ram");
}

TEST(Tuning, JudgesAgainWhatHasChanged) {
  Machine machine;
  machine.start.step_rate = 200;  // so that workers still pay once images are kept
  const Tuning tuning = machine.tune(10000);
  EXPECT_TRUE(tuning.change.contains("cache"));
  EXPECT_TRUE(tuning.change.contains("num_workers"));
  ASSERT_TRUE(tuning.total);
  // 7.9 ms to load with two workers, 35 ms of six threads to compute.
  EXPECT_NEAR(tuning.total->speedup, 200 * 6.0 / 7 / 20, 1e-6);
}

TEST(Tuning, RollsBackWhatDoesNotHelp) {
  Machine machine;
  machine.follows_model = false;  // whatever is changed, runs stay as fast as they were
  const Tuning tuning = machine.tune(10000);
  EXPECT_TRUE(tuning.change.empty());
  EXPECT_FALSE(tuning.total);
  EXPECT_EQ(tuning.after.run_rate, 20);
  EXPECT_GE(tuning.num_trials, 2);
  for (const Finding& finding : tuning.findings) {
    EXPECT_FALSE(finding.is_applied);
    EXPECT_NEAR(finding.verified_speedup.value_or(1), 1, 1e-9);
  }
}

TEST(Tuning, WhatATrialDidNotBearOutIsToldBehindWhatMayBeRight) {
  Machine machine;
  machine.follows_model = false;
  machine.start.eval_interval = 100;  // costs a fifth of the time, less than a cache is expected to gain
  const Tuning tuning = machine.tune(10000);
  ASSERT_GE(tuning.findings.size(), 2u);
  EXPECT_EQ(tuning.findings.front().rule, "evaluation_share");
  EXPECT_FALSE(tuning.findings.front().verified_speedup);
  EXPECT_TRUE(tuning.findings.back().verified_speedup);
  EXPECT_GT(tuning.findings.back().expected_speedup, tuning.findings.front().expected_speedup);
}

TEST(Tuning, WhatIsOverWithAKeptChangeIsNotToldAndWhatItBringsIs) {
  Machine machine;
  machine.start.eval_interval = 400;  // 7 % of the time, and 18 % as soon as steps are three times as fast
  testing::set(machine.start, LoaderStage::decode, 10);
  testing::set(machine.start, LoaderStage::label, 33);
  ASSERT_TRUE(testing::found(machine.start, "label_decoding"));
  ASSERT_FALSE(testing::found(machine.start, "evaluation_share"));
  const Tuning tuning = machine.tune(10000);
  ASSERT_EQ(tuning.change.at("cache"), "ram");
  EXPECT_EQ(finding_of(tuning.findings, "label_decoding"), nullptr);
  EXPECT_NE(finding_of(tuning.findings, "evaluation_share"), nullptr);
}

// The speed-ups of the first three pairs of a machine on which a cache is the only change that may help.
Machine with_speedups(double first, double second, double third) {
  Machine machine;
  machine.follows_model = false;
  machine.luck = [=](const Change& change, std::size_t trial) {
    if (!change.contains("cache")) return 1.0;
    return trial == 2 ? first : trial == 4 ? second : third;
  };
  return machine;
}

TEST(Tuning, PairsThatDifferByATwentiethAskForAThird) {
  const Tuning tuning = with_speedups(1.02, 1.12, 1.09).tune(10000);
  EXPECT_EQ(tuning.change.at("cache"), "ram");
  EXPECT_NEAR(tuning.total.value().range.value().least, 1.09, 1e-9);
  EXPECT_NEAR(tuning.total.value().range.value().most, 1.12, 1e-9);
}

TEST(Tuning, AGainSmallerThanWhatItsPairsDifferByIsNone) {
  EXPECT_TRUE(with_speedups(1.4, 1.03, 1.15).tune(10000).change.empty());  // the first does not count
  EXPECT_FALSE(with_speedups(1.4, 1.11, 1.15).tune(10000).change.empty());
}

TEST(Tuning, AMachineThatGrowsFasterFavoursNoChange) {
  Machine machine;
  machine.follows_model = false;
  machine.luck = [](const Change&, std::size_t trial) { return 1 + 0.004 * static_cast<double>(trial); };
  EXPECT_TRUE(machine.tune(10000).change.empty());
}

TEST(Tuning, AGainWithinTheSpreadIsNone) {
  Machine machine;
  machine.follows_model = false;
  // Of each two pairs, the first says 1.3 and the second 0.8.
  machine.luck = [](const Change& change, std::size_t trial) {
    return change.empty() ? 1.0 : trial % 4 == 2 ? 1.3 : 0.8;
  };
  EXPECT_TRUE(machine.tune(10000).change.empty());
}

TEST(Tuning, AChangeWithWhichRunsDieIsNotKept) {
  Machine machine;
  machine.deadly = "cache=ram";
  const Tuning tuning = machine.tune(10000);
  EXPECT_FALSE(tuning.change.contains("cache"));
  EXPECT_TRUE(tuning.change.contains("num_workers"));
  const Finding* const cache = finding_of(tuning.findings, "cache_in_memory");
  ASSERT_NE(cache, nullptr);
  EXPECT_TRUE(testing::contains(cache->evidence, "a trial with this change failed")) << cache->evidence;
  EXPECT_FALSE(cache->verified_speedup);
}

// A machine on which two changes are worth keeping, one after the other.
Machine with_two_steps() {
  Machine machine;
  machine.start.step_rate = 200;
  return machine;
}

TEST(Tuning, WhatWasKeptIsToldEvenIfTheLastPairCannotBeRun) {
  const Tuning whole = with_two_steps().tune(10000);
  ASSERT_EQ(whole.change.size(), 3u);  // the cache, and another division of the processors
  const std::size_t num_trials = static_cast<std::size_t>(whole.num_trials);
  for (const bool dies : {true, false}) {
    Machine machine = with_two_steps();
    (dies ? machine.last_alive : machine.last_in_time) = num_trials - 3;  // all of the last two pairs but what is there
    const Tuning tuning = machine.tune(10000);
    EXPECT_EQ(tuning.change, whole.change);
    ASSERT_TRUE(tuning.total);
    EXPECT_NEAR(tuning.total->speedup, whole.total->speedup, 1e-6);
    EXPECT_NEAR(tuning.total->before, whole.total->before, 1e-6);
    EXPECT_NEAR(tuning.total->after, whole.total->after, 1e-6);
    EXPECT_TRUE(tuning.had_time);  // for all that was worth a trial
  }
}

TEST(Tuning, ATrialWithoutTimeIsNoFailure) {
  for (const std::size_t last : {0u, 1u}) {
    Machine machine;
    machine.last_in_time = last;
    const Tuning tuning = machine.tune(10000);
    EXPECT_TRUE(tuning.change.empty());
    EXPECT_FALSE(tuning.had_time);
    EXPECT_EQ(machine.trials.size(), last);  // nor is another one begun
    ASSERT_FALSE(tuning.findings.empty());
    for (const Finding& finding : tuning.findings) {
      EXPECT_FALSE(testing::contains(finding.evidence, "failed")) << finding.evidence;
      EXPECT_FALSE(finding.verified_speedup);
    }
  }
}

TEST(Tuning, AChangeIsNotBlamedForARunThatFailsWithoutIt) {
  Machine machine;
  machine.last_alive = 0;
  const Tuning tuning = machine.tune(10000);
  ASSERT_FALSE(tuning.findings.empty());
  EXPECT_TRUE(
      testing::contains(tuning.findings.front().evidence, "it was not tried: a run without this change failed"));
}

TEST(Tuning, APairOfWhichOthersTookAPartIsMeasuredAgain) {
  Machine machine;
  machine.others = {0, 6};  // of eight processors, beside the first run with the change
  machine.luck = [](const Change&, std::size_t trial) { return trial == 2 ? 0.3 : 1.0; };
  const Tuning tuning = machine.tune(10000);
  EXPECT_EQ(tuning.change.at("cache"), "ram");
  EXPECT_NEAR(tuning.total.value().speedup, 3, 1e-9);
  EXPECT_EQ(tuning.num_trials, 6);
}

TEST(Tuning, PairsThatDisagreeAskForAThird) {
  Machine machine;
  machine.luck = [](const Change&, std::size_t trial) { return trial == 3 ? 1.5 : 1.0; };  // the second run without it
  const Tuning tuning = machine.tune(10000);
  EXPECT_NEAR(tuning.total.value().speedup, 3, 1e-9);
  EXPECT_EQ(tuning.total.value().num_pairs, 2u);
  EXPECT_EQ(tuning.num_trials, 6);
}

TEST(Tuning, WhatTheExaminationHasRunStandsForAPairIfTimeIsShort) {
  Machine machine;
  machine.known = {{{}, machine.start}, {{{"cache", "ram"}}, machine.figures_with({{"cache", "ram"}})}};
  const Tuning hurried = machine.tune(15);
  EXPECT_EQ(hurried.change.at("cache"), "ram");
  EXPECT_EQ(hurried.num_trials, 0);
  EXPECT_FALSE(hurried.total.value().range);
  machine.trials.clear();
  EXPECT_EQ(machine.tune(10000).num_trials, 4);  // with time for it, all is measured by turns
}

TEST(Tuning, WhatIsKnownOfOtherSettingsKeepsItsProportion) {
  Machine machine = with_two_steps();
  machine.start.images_of_micro_batch = 4;
  machine.start.larger_batch_step_rate = 300;
  const Tuning tuning = machine.tune(10000);
  ASSERT_TRUE(tuning.change.contains("threads"));  // with which the step itself is slower
  EXPECT_LT(tuning.after.step_rate.value(), 200);
  EXPECT_NEAR(tuning.after.larger_batch_step_rate.value() / tuning.after.step_rate.value(), 1.5, 1e-9);
}

TEST(Tuning, KeepsToItsBudget) {
  for (const double budget : {0.0, 15.0, 39.0, 55.0, 75.0, 200.0}) {
    Machine machine;
    machine.start.step_rate = 1000;
    const Tuning tuning = machine.tune(budget);
    EXPECT_LE(machine.seconds, budget) << budget;
    if (budget < 20) {
      EXPECT_EQ(tuning.num_trials, 0) << budget;
      EXPECT_FALSE(tuning.had_time) << budget;
    }
  }
}

TEST(Tuning, AHealthyRunNeedsNoTrial) {
  Machine machine;
  machine.start = testing::healthy_figures();
  const Tuning tuning = machine.tune(10000);
  EXPECT_EQ(tuning.num_trials, 0);
  EXPECT_TRUE(tuning.findings.empty());
  EXPECT_TRUE(tuning.had_time);
}

}  // namespace
}  // namespace seg
