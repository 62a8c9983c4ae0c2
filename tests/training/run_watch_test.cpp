// SPDX-License-Identifier: Apache-2.0
#include "training/run_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

using Json = nlohmann::json;
using testing::TinyRun;

void spend(double seconds) {
  const double end = seconds_now() + seconds;
  while (seconds_now() < end) {
  }
}

PhaseSeconds phases_of(double seconds) {
  PhaseSeconds phases;
  phases[Phase::forward] = seconds / 2;
  phases[Phase::other] = seconds / 2;
  return phases;
}

TEST(RunWatch, PhasesAreInErrorByMoreThanAFiftiethAndMoreThanABusyMachineTakes) {
  EXPECT_FALSE(is_phase_error(phases_of(98.1), 100));
  EXPECT_TRUE(is_phase_error(phases_of(97.9), 100));
  EXPECT_TRUE(is_phase_error(phases_of(102.1), 100));
  EXPECT_FALSE(is_phase_error(phases_of(0.02), 0.06));
  EXPECT_FALSE(is_phase_error(phases_of(0), 0));
}

class Watched : public ::testing::Test {
 protected:
  Watched() { config_.run.max_iter = 30; }
  ~Watched() override { std::fclose(text_); }
  RunWatch watch(std::int64_t first_step = 0) {
    settings_.last_step = *config_.run.max_iter;
    settings_.samples_per_step = 2;
    return RunWatch({.config = config_,
                     .settings = settings_,
                     .known = {},
                     .folder = folder_,
                     .log = log_,
                     .console = console_,
                     .run = "run-1"},
                    first_step);
  }
  RunProgress progress(std::int64_t step) { return {.step = step, .phases = timer_.snapshot(), .time = seconds_now()}; }
  std::string text() {
    std::fflush(text_);
    return testing::content_of(base_ / "text");
  }

  testing::TemporaryFolder base_;
  Config config_;
  RunSettings settings_;
  RunFolder folder_{base_ / "res"};
  std::FILE* text_ = std::fopen((base_ / "text").c_str(), "w");
  Console console_{{.stream = text_}};
  RunLog log_{folder_, "run-1", 30, console_, ProgressStyle::off};
  PhaseTimer timer_;
};

TEST_F(Watched, PhasesThatMissTheWallTimeAreToldOnce) {
  RunWatch watch = this->watch();
  watch.begin(timer_);
  const auto line = [&, begin = seconds_now()](std::int64_t step, double phases, double seconds) {
    watch.line({.step = step}, {.step = step, .phases = phases_of(phases), .time = begin + seconds}, {});
  };
  line(1, 9.9, 10);
  EXPECT_EQ(text(), "");
  line(2, 9, 10);
  line(3, 18, 20);
  EXPECT_NE(text().find("warning: phases sum to"), std::string::npos) << text();
  EXPECT_EQ(text().find("phases sum"), text().rfind("phases sum"));
}

TEST_F(Watched, WhatComesAfterTheLastLineIsNoErrorOfPhases) {
  config_.watching.trace_steps = 1;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  watch.begin_step(4);
  timer_.timed(Phase::forward, [] { spend(0.01); });
  const RunProgress now{.step = 4, .phases = timer_.snapshot(), .time = seconds_now()};
  spend(0.2);  // as a file of a trace takes to be written
  (void)watch.end(now);
  EXPECT_EQ(text().find("phases sum"), std::string::npos) << text();
}

TEST_F(Watched, ATraceBeginsBehindWarmingUpIfThereIsTime) {
  const auto first_traced = [&](std::int64_t steps, std::int64_t first_step) {
    config_.watching.trace_steps = steps;
    RunWatch watch = this->watch(first_step);
    return watch.trace() == nullptr ? -1 : watch.trace()->first_step();
  };
  EXPECT_EQ(first_traced(0, 0), -1);
  EXPECT_EQ(first_traced(5, 0), 4);
  EXPECT_EQ(first_traced(27, 0), 4);
  EXPECT_EQ(first_traced(28, 0), 1);
  EXPECT_EQ(first_traced(5, 28), 29);
  EXPECT_EQ(first_traced(5, 30), -1);
  EXPECT_EQ(first_traced(std::numeric_limits<std::int64_t>::max(), 7), 8);
}

TEST_F(Watched, ATraceIsWrittenWhenItsStepsAreDone) {
  config_.watching.trace_steps = 2;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  for (std::int64_t step = 1; step <= 5; ++step) {
    EXPECT_FALSE(std::filesystem::exists(folder_.trace()));
    watch.begin_step(step);
    watch.has_batch();
    timer_.timed(Phase::forward, [] { spend(1e-5); });
    watch.end_step(step);
  }
  const Json trace = Json::parse(read_text(folder_.trace()));
  EXPECT_EQ(trace.at("otherData").at("first_step"), 4);
  EXPECT_NE(text().find("a trace of 2 steps is in"), std::string::npos) << text();
  std::filesystem::remove(folder_.trace());
  watch.end_step(6);
  (void)watch.end(progress(6));
  EXPECT_FALSE(std::filesystem::exists(folder_.trace()));
}

TEST_F(Watched, ARunThatStopsEarlyLeavesTheTraceOfWhatItDid) {
  config_.watching.trace_steps = 10;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  for (std::int64_t step = 1; step <= 5; ++step) {
    watch.begin_step(step);
    watch.has_batch();
    watch.end_step(step);
  }
  (void)watch.end(progress(5));
  EXPECT_TRUE(Json::parse(read_text(folder_.trace())).contains("traceEvents"));
  EXPECT_NE(text().find("a trace of 2 steps is in"), std::string::npos) << text();
}

TEST_F(Watched, ARunThatStopsBeforeItsTraceSaysThatThereIsNone) {
  config_.watching.trace_steps = 10;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  watch.begin_step(1);
  watch.end_step(1);
  (void)watch.end(progress(1));
  EXPECT_FALSE(std::filesystem::exists(folder_.trace()));
  EXPECT_NE(text().find("there is no trace: it would have begun with step 4"), std::string::npos) << text();
}

TEST_F(Watched, ARunThatAnErrorEndsLeavesTheTraceOfWhatItDid) {
  config_.watching.trace_steps = 10;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  watch.begin_step(4);
  watch.end_step(4);
  watch.begin_step(5);
  watch.leave(timer_.snapshot());
  EXPECT_TRUE(Json::parse(read_text(folder_.trace())).contains("traceEvents"));
  EXPECT_NE(text().find("a trace of 1 step is in"), std::string::npos) << text();
}

TEST_F(Watched, ARunGoesOnWithoutItsTrace) {
  config_.watching.trace_steps = 1;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  std::filesystem::create_directory(folder_.trace());
  watch.begin_step(4);
  watch.end_step(4);
  EXPECT_NE(text().find("warning: "), std::string::npos);
}

TEST_F(Watched, WithoutAdviceNothingIsFound) {
  config_.watching.advise = false;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  EXPECT_FALSE(watch.end(progress(0)).contains("findings"));
}

TEST(RunWatch, AWholeRunTellsWhatTheDoctorFound) {
  const TinyRun run({"eval_interval=1", "max_iter=12"});
  const TrainResult result = run.train();
  const Json end = run.metrics("end").back();
  EXPECT_EQ(result.json.at("findings"), end.at("findings"));
  // An evaluation at each step takes more than a tenth of the time of steps as short as these.
  bool is_found = false;
  for (const Json& finding : end.at("findings")) is_found = is_found || finding.at("rule") == "evaluation_share";
  EXPECT_TRUE(is_found) << end;
  EXPECT_NE(run.text().find("[evaluation_share]"), std::string::npos);
  double sum = 0;
  for (const auto& [phase, share] : end.at("phases").items()) sum += share.get<double>();
  EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(RunWatch, ProgressIsThatOfTheMainProtocolWhateverEarlyStoppingWouldLookAt) {
  const TinyRun run({"eval_interval=1", "max_iter=13", "eval_protocols=msf", "eval_scales=1", "eval_flip=false"});
  (void)run.train();
  double best = -1;
  int since_best = 0;
  for (const Json& line : run.metrics("eval")) {
    const double miou = line.at("protocols").at("msf").at("miou").get<double>();
    since_best = miou > best ? 0 : since_best + 1;
    best = std::max(best, miou);
  }
  std::string told;
  for (const Json& finding : run.metrics("end").back().at("findings"))
    if (finding.at("rule") == "no_progress") told = finding.at("evidence").get<std::string>();
  EXPECT_EQ(told, since_best < 10
                      ? ""
                      : std::to_string(since_best) + " evaluations were no better than the best before them");
}

TEST(RunWatch, TheFileForPrometheusIsCheckedBeforeTheRun) {
  const TinyRun run;
  const std::vector<Problem> problems = run.refusal({"prometheus_file=" + (run.base() / "none" / "x.prom").string()});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].what, "cannot be written: No such file or directory");
  EXPECT_EQ(run.text(), "");  // before anything long
  EXPECT_FALSE(std::filesystem::exists(run.folder() / "metrics.jsonl"));
}

TEST(RunWatch, TheFileForPrometheusIsThereUntilAfterTheRun) {
  const TinyRun run;
  const std::filesystem::path file = run.base() / "x.prom";
  (void)run.train({"prometheus_file=" + file.string()});
  const std::string text = read_text(file);
  EXPECT_NE(text.find("segtrain_running{run=\""), std::string::npos);
  EXPECT_NE(text.find("precision=\"fp32\"} 0\n"), std::string::npos);
}

}  // namespace
}  // namespace seg
