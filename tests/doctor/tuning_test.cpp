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
  bool follows_model = true;

  std::optional<Figures> run(const Change& change) {
    seconds += seconds_of_trial;
    trials.push_back(text_of(change));
    if (!deadly.empty() && testing::contains(trials.back(), deadly)) return std::nullopt;
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
    return f;
  }

  Tuning tune(double budget) {
    return seg::tune(start, [this](const Change& change) { return run(change); },
                     {.seconds = budget, .seconds_of_trial = seconds_of_trial, .now = [this] { return seconds; }});
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
  EXPECT_NEAR(tuning.total->spread.value(), 0, 1e-9);
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
  const auto& findings = tuning.findings;
  const auto cache = std::ranges::find(findings, "cache_in_memory", &Finding::rule);
  ASSERT_NE(cache, findings.end());
  EXPECT_TRUE(testing::contains(cache->evidence, "a trial with this change failed")) << cache->evidence;
  EXPECT_FALSE(cache->verified_speedup);
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
