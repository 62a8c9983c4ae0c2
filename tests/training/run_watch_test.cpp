// SPDX-License-Identifier: Apache-2.0
#include "training/run_watch.h"

#include <gtest/gtest.h>

#include <filesystem>

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

TEST(RunWatch, APhaseErrorIsAShareOfTheWallTime) {
  PhaseSeconds phases;
  phases[Phase::forward] = 9;
  EXPECT_DOUBLE_EQ(phase_error(phases, 10), 0.1);
  EXPECT_DOUBLE_EQ(phase_error(phases, 7.5), 0.2);
  EXPECT_EQ(phase_error(phases, 0), 0);
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
  timer_.timed(Phase::forward, [] { spend(0.06); });
  watch.line({.step = 1}, {.step = 1, .phases = timer_.snapshot()}, {});
  EXPECT_EQ(text(), "");
  timer_.turn_on(false);
  spend(0.02);
  timer_.turn_on(true);
  for (const std::int64_t step : {2, 3}) watch.line({.step = step}, {.step = step, .phases = timer_.snapshot()}, {});
  EXPECT_NE(text().find("warning: phases sum to"), std::string::npos) << text();
  EXPECT_EQ(text().find("phases sum"), text().rfind("phases sum"));
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
  (void)watch.end({.step = 6, .phases = timer_.snapshot()});
  EXPECT_FALSE(std::filesystem::exists(folder_.trace()));
}

TEST_F(Watched, ARunThatStopsEarlyLeavesTheTraceOfWhatItDid) {
  config_.watching.trace_steps = 10;
  RunWatch watch = this->watch();
  watch.begin(timer_);
  watch.begin_step(4);
  watch.has_batch();
  watch.end_step(4);
  (void)watch.end({.step = 4, .phases = timer_.snapshot()});
  EXPECT_TRUE(Json::parse(read_text(folder_.trace())).contains("traceEvents"));
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
  EXPECT_FALSE(watch.end({}).contains("findings"));
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

TEST(RunWatch, TheFileForPrometheusIsCheckedBeforeTheRun) {
  const TinyRun run;
  const std::vector<Problem> problems = run.refusal({"prometheus_file=" + (run.base() / "none" / "x.prom").string()});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].what, "cannot be written");
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
