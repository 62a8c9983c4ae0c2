// SPDX-License-Identifier: Apache-2.0
#include "report/run_history.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/file.h"
#include "tests/report/run_lines.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::end_line;
using testing::evaluation_line;
using testing::line;
using testing::start_line;
using testing::step_line;

TEST(RunHistory, HoldsWhatARunTold) {
  const RunHistory history = history_of(
      start_line(1000, {{"class_names", {"sky", "road"}}, {"palette", {{1, 2, 3}, {4, 5, 600}}}}) +
          step_line(10, 1010, 8) + step_line(20, 1014, 4, 12) + evaluation_line(20, 1016, 0.5) + end_line(20, 1017),
      "ss");
  EXPECT_EQ(history.run, "run-1");
  EXPECT_EQ(history.loss_names, (std::vector<std::string>{"logits", "aux2"}));
  ASSERT_EQ(history.steps.size(), 2u);
  EXPECT_EQ(history.steps[1].step, 20);
  EXPECT_EQ(history.steps[1].losses, (std::vector<double>{2, 1}));
  EXPECT_EQ(history.steps[1].seconds, 4);
  EXPECT_TRUE(history.steps[0].begins_part);
  EXPECT_FALSE(history.steps[1].begins_part);
  EXPECT_EQ(history.steps[1].peak_resident_bytes, 2e9);
  EXPECT_TRUE(std::isnan(history.steps[1].gpu_bytes));
  EXPECT_EQ(sorted_speeds(history), (std::vector<double>{12})) << "without the line that warms up";
  EXPECT_EQ(history.class_names, (std::vector<std::string>{"sky", "road"}));
  EXPECT_EQ(history.palette, (std::vector<Rgb>{{1, 2, 3}, {4, 5, 255}}));
  ASSERT_EQ(history.evaluations.size(), 1u);
  const ProtocolFacts* const ss = history.evaluations[0].by("ss");
  ASSERT_NE(ss, nullptr);
  EXPECT_EQ(ss->figure("miou"), 0.5);
  EXPECT_TRUE(std::isnan(ss->figure("boundary_iou")));
  EXPECT_TRUE(std::isnan(ss->iou.at(1)));
  EXPECT_EQ(ss->matrix, (std::vector<std::vector<double>>{{90, 10}, {0, 0}}));
  EXPECT_EQ(history.evaluations[0].by("msf"), nullptr);
  ASSERT_EQ(history.worst.size(), 1u);
  EXPECT_EQ(history.worst[0].name, "bad <one>.png");
  EXPECT_EQ(history.end_reason(), "finished");
  EXPECT_EQ(history.first_time, 1000);
  EXPECT_EQ(history.last_time, 1017);
}

TEST(RunHistory, PhasesAreSumsOverTheTimeThatIsTold) {
  const RunHistory history = history_of(
      start_line(1000) + step_line(10, 1010, 8, 10, 0.5) + step_line(20, 1014, 4, 10, 0) + end_line(20, 1017), "ss");
  EXPECT_DOUBLE_EQ(history.phases[Phase::data_wait], 5);
  EXPECT_DOUBLE_EQ(history.phases[Phase::forward], 9);
  EXPECT_DOUBLE_EQ(history.phases[Phase::evaluation], 3);
  EXPECT_DOUBLE_EQ(history.seconds(), 17);
}

TEST(RunHistory, APauseBetweenTwoPartsIsNoTimeOfTheRun) {
  const std::string resume = line({{"event", "resume"}, {"time", 9000}, {"step", 10}});
  const RunHistory history = history_of(
      start_line(1000) + step_line(10, 1010, 8) + end_line(10, 1011, "SIGTERM") + resume + step_line(20, 9004, 4),
      "ss");
  EXPECT_DOUBLE_EQ(history.seconds(), 15);
  EXPECT_TRUE(history.steps[1].begins_part);
  EXPECT_EQ(history.end_reason(), "") << "it has begun again since";
}

TEST(RunHistory, TheBestIsThatOfTheProtocolAndTheFirstOfEquals) {
  RunHistory history = history_of(evaluation_line(1, 1, 0.4) + evaluation_line(2, 2, 0.6) + evaluation_line(3, 3, 0.6) +
                                      evaluation_line(4, 4, 0.9, "msf") + evaluation_line(5, 5, 0.5),
                                  "ss");
  ASSERT_NE(history.best("ss"), nullptr);
  EXPECT_EQ(history.best("ss")->step, 2);
  EXPECT_EQ(history.best("mscf"), nullptr);
  std::vector<double> with_matrix;
  for (const EvaluationFacts& one : history.evaluations)
    if (!one.protocols[0].matrix.empty()) with_matrix.push_back(one.step);
  EXPECT_EQ(with_matrix, (std::vector<double>{2, 5})) << "the best and the last";
}

TEST(RunHistory, TornAndOddLinesDoNoHarm) {
  const RunHistory history = history_of(
      "\n[1]\nnull\n{\"event\":3}\n{\"event\":\"step\"}\n{\"event\":\"step\",\"step\":\"x\"}\n"
      "{\"event\":\"step\",\"step\":5,\"loss\":\"much\",\"losses\":[1],\"phases\":7,\"memory\":null,\"time\":{}}\n"
      "{\"event\":\"step\",\"step\":5,\"loss\":1}\n{\"event\":\"step\",\"step\":2,\"loss\":1}\n"
      "{\"event\":\"eval\",\"step\":6,\"protocols\":{\"ss\":3,\"a\":{\"iou\":{},\"confusion_matrix\":[1,[2,\"x\"]]}}}\n"
      "{\"event\":\"eval\",\"protocols\":[]}\n{\"event\":\"start\",\"class_names\":7,\"palette\":[1,[2],[1,2,null]]}\n"
      "{\"event\":\"end\",\"reason\":{\"a\":1},\"phases\":{\"forward\":1e999}}\n{\"event\":\"step\",\"st",
      "ss");
  EXPECT_EQ(history.broken_lines, 5) << "an empty one, a list, nothing, a number too large, a torn one";
  ASSERT_EQ(history.steps.size(), 1u) << "steps only go up";
  EXPECT_TRUE(std::isnan(history.steps[0].loss));
  EXPECT_EQ(history.evaluations.size(), 1u);
  EXPECT_TRUE(history_of("", "ss").steps.empty());
}

TEST(RunHistory, StepsAndTimesThatCannotBeAreNone) {
  const RunHistory history = history_of(
      step_line(1, 1e300, 8) + step_line(2, -5, 8) + step_line(3, 1000, 8) + step_line(4, 1001, 8) +
          line({{"event", "step"}, {"step", 1e308}, {"time", 2000}}) + line({{"event", "step"}, {"step", -1e308}}) +
          line({{"event", "eval"}, {"step", -3}, {"protocols", nlohmann::ordered_json::object()}}) +
          line({{"event", "split"}, {"step", -1e308}}),
      "ss");
  EXPECT_EQ(history.steps.size(), 4u);
  EXPECT_DOUBLE_EQ(history.seconds(), 1);
  EXPECT_TRUE(history.evaluations.empty());
  EXPECT_EQ(history.events[0].step, 0);
}

TEST(RunHistory, WhatIsEndlessIsBounded) {
  nlohmann::ordered_json losses, names = nlohmann::ordered_json::array();
  for (int i = 0; i < 1000; ++i) {
    losses["loss" + std::to_string(i)] = i;
    names.push_back(std::string(10000, 'x'));
  }
  std::string text =
      start_line(1, {{"class_names", names}}) + line({{"event", "step"}, {"step", 1}, {"losses", losses}});
  for (int i = 0; i < 5000; ++i) text += line({{"event", "split"}, {"step", i}});
  const RunHistory history = history_of(text, "ss");
  EXPECT_EQ(history.loss_names.size(), 16u);
  EXPECT_EQ(history.class_names.size(), 256u);
  EXPECT_LT(history.class_names[0].size(), 100u);
  EXPECT_LE(history.events.size(), 2000u);
  EXPECT_EQ(static_cast<std::int64_t>(history.events.size()) + history.left_out_events, 5001);
  EXPECT_EQ(history.events.front().what, "start");
  EXPECT_EQ(history.events.back().step, 4999);
}

TEST(RunHistory, AFolderWithoutMetricsIsNoRunFolder) {
  const testing::TemporaryFolder folder;
  const Problem problem = testing::problem_of([&] { (void)read_history(folder.path(), "ss"); });
  EXPECT_TRUE(testing::contains(problem.what, "not the folder of a run")) << problem.what;
  write_file(folder / "metrics.jsonl", start_line(1));
  EXPECT_EQ(read_history(folder.path(), "ss").run, "run-1");
}

}  // namespace
}  // namespace seg
