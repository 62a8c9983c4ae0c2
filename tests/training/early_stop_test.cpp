// SPDX-License-Identifier: Apache-2.0
#include "training/early_stop.h"

#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/signals.h"
#include "config/early_stop_metric.h"
#include "evaluation/results.h"
#include "tests/support/problem_of.h"
#include "tests/training/small_network.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::contains;
using testing::same_tensors;
using testing::TinyRun;
using testing::Words;

EvaluationConfig rule(std::int64_t patience, double min_delta = 0) {
  EvaluationConfig config;
  config.early_stop_patience = patience;
  config.early_stop_min_delta = min_delta;
  return config;
}

// The step, of evaluations at 10, 20, …, at which a run with these values stops; 0: at none.
std::int64_t stop_of(const EvaluationConfig& config, const std::vector<double>& values) {
  EarlyStopHistory history;
  std::int64_t step = 0;
  for (const double value : values) {
    history = with_evaluation(config, history, step += 10, value);
    if (stops_early(config, history)) return step;
  }
  return 0;
}

TEST(EarlyStop, ComesAfterSoManyEvaluationsWithoutProgress) {
  EXPECT_EQ(stop_of(rule(2), {0.1, 0.3, 0.2, 0.3}), 40) << "the same again is no progress";
  EXPECT_EQ(stop_of(rule(2), {0.1, 0.3, 0.2, 0.31, 0.3}), 0);
  EXPECT_EQ(stop_of(rule(1), {0.1, 0.3, 0.2}), 30);
  EXPECT_EQ(stop_of(rule(0), {0.5, 0.3, 0.2, 0.1}), 0) << "off";
}

TEST(EarlyStop, ASmallerGainThanTheLeastIsNoProgress) {
  EXPECT_EQ(stop_of(rule(2, 0.0625), {0.25, 0.3125, 0.28}), 30);
  EXPECT_EQ(stop_of(rule(2, 0.0625), {0.25, 0.28, 0.32, 0.33, 0.34}), 50) << "gains count from the best";
}

TEST(EarlyStop, WhatIsUnknownIsNoProgress) {
  EXPECT_EQ(stop_of(rule(2), {NAN, NAN}), 20);
  EXPECT_EQ(stop_of(rule(2), {NAN, 0.1, NAN, 0.2, NAN, NAN}), 60);
}

TEST(EarlyStop, TheSameStepCountsOnceAndAnotherMetricBeginsAnew) {
  EvaluationConfig config = rule(2);
  EarlyStopHistory history = with_evaluation(config, {}, 10, 0.5);
  history = with_evaluation(config, history, 20, 0.4);
  history = with_evaluation(config, history, 20, 0.4);
  EXPECT_EQ(history.without_progress, 1);
  EXPECT_EQ(history.best_step, 10);
  history = with_evaluation(config, history, 30, 0.4);
  EXPECT_TRUE(stops_early(config, history));
  config.early_stop_metric = "ss.macro_f1";
  EXPECT_FALSE(stops_early(config, history));
  history = with_evaluation(config, history, 40, 0.1);
  EXPECT_EQ(history.without_progress, 0);
  EXPECT_EQ(history.best, 0.1);
}

std::vector<ProtocolResult> results_of(const std::vector<std::string>& protocols) {
  std::vector<ProtocolResult> results;
  for (const std::string& protocol : protocols) results.push_back({.protocol = protocol, .matrix = ConfusionMatrix(2)});
  return results;
}

// The list of names that a config may hold is the list of numbers that an evaluation gives.
TEST(EarlyStop, EveryMetricOfAnEvaluationCanBeNamed) {
  const nlohmann::json json = to_json(results_of({"ss"})).at("ss");
  for (const std::string& name : metrics_of_protocols()) EXPECT_TRUE(json.contains(name)) << name;
}

TEST(EarlyStop, TheValueIsThatOfTheProtocolNamed) {
  std::vector<ProtocolResult> results = results_of({"ss", "msf"});
  const std::vector<std::uint8_t> labels = {0, 0, 1, 1}, right = labels, wrong = {0, 1, 1, 1};
  results[0].matrix.add(labels, wrong, 255);
  results[1].matrix.add(labels, right, 255);
  EvaluationConfig config = rule(1);
  config.early_stop_metric = "ss.pixel_accuracy";
  EXPECT_EQ(early_stop_value(config, results), 0.75);
  config.early_stop_metric = "msf.pixel_accuracy";
  EXPECT_EQ(early_stop_value(config, results), 1.0);
  config.early_stop_metric = "mscf.pixel_accuracy";
  EXPECT_TRUE(std::isnan(early_stop_value(config, results)));
}

TEST(EarlyStop, SaysWhy) {
  EvaluationConfig config = rule(2, 0.01);
  EarlyStopHistory history{.metric = "ss.miou", .best = 0.521, .best_step = 40, .without_progress = 2};
  EXPECT_EQ(early_stop_text(config, history),
            "ss.miou made no progress in 2 evaluations (early_stop_patience), where that is more than 0.01 "
            "(early_stop_min_delta): the best was 52.10 % at step 40");
  history.best.reset();
  EXPECT_TRUE(contains(early_stop_text(rule(2), history), "no evaluation knew it"));
}

// After the first evaluation no gain is large enough: it stops with the third one, at step 3 of 6.
const Words kStopsAtThree = {"eval_interval=1", "early_stop_patience=2", "early_stop_min_delta=1",
                             "eval_ims_per_gpu=100"};

TEST(EarlyStop, ARunStopsWithItsWeightsAndSaysSo) {
  const TinyRun run(kStopsAtThree);
  const TrainResult result = run.train();
  EXPECT_EQ(result.reason, "early_stop");
  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.json.at("steps"), 3);
  EXPECT_TRUE(fs::exists(run.final_weights()));
  EXPECT_TRUE(fs::exists(run.checkpoint(3)));
  EXPECT_EQ(run.steps_of("eval"), (std::vector<int>{1, 2, 3}));
  const nlohmann::json end = run.metrics("end").front();
  EXPECT_EQ(end.at("reason"), "early_stop");
  EXPECT_TRUE(contains(end.at("what").get<std::string>(), "ss.miou made no progress in 2 evaluations"));
  EXPECT_TRUE(contains(run.text(), "the run stops here: ss.miou made no progress")) << run.text();
  EXPECT_TRUE(contains(run.text(), "stopped early after 3 steps")) << run.text();
}

TEST(EarlyStop, ARunThatHasStoppedSaysSoAndGoesOnWithMorePatience) {
  const TinyRun run(kStopsAtThree);
  (void)run.train();
  EXPECT_EQ(run.train().reason, "already finished");
  EXPECT_EQ(run.steps_of("end").size(), 1U);
  EXPECT_EQ(run.train({"early_stop_patience=4"}).reason, "early_stop");
  EXPECT_EQ(run.steps_of("eval"), (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(run.train({"early_stop_patience=0"}).reason, "finished");
}

TEST(EarlyStop, KilledBeforeItsWeightsWereWrittenItEndsThere) {
  const TinyRun run(kStopsAtThree), undisturbed(kStopsAtThree);
  (void)undisturbed.train();
  (void)run.train();
  fs::remove(run.final_weights());
  const TrainResult again = run.train();
  EXPECT_EQ(again.reason, "early_stop");
  EXPECT_EQ(again.json.at("steps"), 3);
  EXPECT_EQ(run.steps_of("eval"), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed.final_weights()));
}

TEST(EarlyStop, StoppedAndResumedItEndsAtTheSameStep) {
  clear_requests();
  install_signal_handlers();
  const TinyRun run(kStopsAtThree), undisturbed(kStopsAtThree);
  (void)undisturbed.train();
  for (int step = 1; step <= 2; ++step) {
    EXPECT_EQ(run.train_a_step(SIGTERM).json.at("steps"), step);
    clear_requests();
  }
  EXPECT_EQ(run.train().reason, "early_stop");
  EXPECT_EQ(run.steps_of("eval"), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed.final_weights()));
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace
}  // namespace seg
