// SPDX-License-Identifier: Apache-2.0
#include "training/run_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <sstream>

#include "base/clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"

namespace seg {
namespace {

using Json = nlohmann::json;
using testing::TemporaryFolder;

StepReport report(std::int64_t step) {
  StepReport report{.step = step,
                    .epoch = 0.5,
                    .losses = {{"logits", 1.0 / 3}, {"aux2", 2.0}},
                    .total_loss = 1.25,
                    .rate = 0.01,
                    .group_rates = {0.01, 0.1},
                    .gradient_norm = 0.75,
                    .images_per_second = 12.5,
                    .seconds_left = 90};
  report.phases[Phase::data_wait] = 1;
  report.phases[Phase::forward] = 1;
  report.phases[Phase::backward] = 2;
  return report;
}

class RunLogTest : public ::testing::Test {
 protected:
  // Console text goes to a file, as if it were a terminal or not.
  std::unique_ptr<Console> console(bool is_terminal) {
    close();
    stream_ = std::fopen((base_ / "text").c_str(), "w");
    return std::make_unique<Console>(ConsoleOptions{.stream = stream_, .is_terminal = is_terminal});
  }
  std::string text() {
    std::fflush(stream_);
    return testing::content_of(base_ / "text");
  }
  std::vector<Json> lines() const {
    std::vector<Json> lines;
    std::istringstream content(testing::content_of(folder_.metrics_file()));
    for (std::string line; std::getline(content, line);) lines.push_back(Json::parse(line));
    return lines;
  }
  void close() {
    if (stream_ != nullptr) std::fclose(stream_);
    stream_ = nullptr;
  }
  ~RunLogTest() override { close(); }

  TemporaryFolder base_;
  RunFolder folder_{base_ / "res"};
  std::FILE* stream_ = nullptr;
};

TEST_F(RunLogTest, TellsTheMemoryOfAGpu) {
  const auto told_to = console(false);
  RunLog log(folder_, "run-1", 10, *told_to, ProgressStyle::lines);
  StepReport on_gpu = report(2);
  on_gpu.gpu_memory = CudaMemory{.in_use = 5, .peak_in_use = 7, .held = 9};
  log.step(report(1));
  log.step(on_gpu);
  EXPECT_FALSE(lines()[0].at("memory").contains("gpu_bytes"));
  EXPECT_EQ(lines()[1].at("memory").at("gpu_bytes"), 5);
  EXPECT_EQ(lines()[1].at("memory").at("peak_gpu_bytes"), 7);
  EXPECT_EQ(lines()[1].at("memory").at("held_gpu_bytes"), 9);
}

TEST_F(RunLogTest, OfAGpuWhatIsNotKnownIsNull) {
  const auto told_to = console(false);
  RunLog log(folder_, "run-1", 10, *told_to, ProgressStyle::lines);
  StepReport on_gpu = report(1);
  on_gpu.gpu = GpuFigures{.utilisation = 0.5, .throttled_by = std::vector<std::string>{"heat"}};
  log.step(on_gpu);
  const Json gpu = lines()[0].at("gpu");
  EXPECT_EQ(gpu.at("utilisation"), 0.5);
  EXPECT_EQ(gpu.at("throttled_by"), Json{"heat"});
  EXPECT_TRUE(gpu.at("watts").is_null());
  EXPECT_TRUE(gpu.at("celsius").is_null());
}

TEST_F(RunLogTest, ALineTellsHowTheLoaderKeptUp) {
  LoaderStatistics before, after;
  before.worker_seconds = {1, 2};
  before.asked_steps = 10;
  before.ready_steps = 30;
  after.worker_seconds = {2, 6};
  after.asked_steps = 14;
  after.ready_steps = 36;
  const LoaderReport loader = loader_report(before, after, 4);
  EXPECT_DOUBLE_EQ(*loader.ready_steps, 1.5);
  EXPECT_EQ(loader.busy, (std::vector<double>{0.25, 1}));
  EXPECT_FALSE(loader_report(after, after, 4).ready_steps);
  EXPECT_EQ(loader_report({}, after, 10).busy, (std::vector<double>{0.2, 0.6}));

  const auto told_to = console(false);
  RunLog log(folder_, "run-1", 10, *told_to, ProgressStyle::lines);
  StepReport told = report(1);
  told.loader = loader;
  log.step(told);
  EXPECT_EQ(lines()[0].at("loader"), (Json{{"ready_steps", 1.5}, {"busy", {0.25, 1.0}}}));
}

TEST_F(RunLogTest, TellsTheLossScaleOfRunsThatHaveOne) {
  const auto told_to = console(false);
  RunLog log(folder_, "run-1", 10, *told_to, ProgressStyle::lines);
  StepReport scaled = report(2);
  scaled.loss_scaling = {.scale = 512, .skipped_steps = 3};
  log.step(report(1));
  log.step(scaled);
  EXPECT_FALSE(lines()[0].contains("loss_scale"));
  EXPECT_EQ(lines()[1].at("loss_scale"), 512);
  EXPECT_EQ(lines()[1].at("skipped_steps"), 3);
  EXPECT_NE(text().find("scale 512, 3 steps skipped"), std::string::npos) << text();
}

TEST_F(RunLogTest, EveryLineSaysWhatHappenedWhenAndInWhichRun) {
  const auto out = console(false);
  RunLog log(folder_, "run-1", 100, *out, ProgressStyle::lines);
  const double before = unix_time_now();
  log.event("checkpoint", 7, 0.25, {{"file", "step_000007.safetensors"}});
  ASSERT_EQ(lines().size(), 1U);
  const Json line = lines().front();
  EXPECT_EQ(line.at("event"), "checkpoint");
  EXPECT_EQ(line.at("run"), "run-1");
  EXPECT_EQ(line.at("step"), 7);
  EXPECT_EQ(line.at("epoch"), 0.25);
  EXPECT_EQ(line.at("file"), "step_000007.safetensors");
  EXPECT_GE(line.at("time").get<double>(), before);
  EXPECT_LE(line.at("time").get<double>(), unix_time_now());
}

TEST_F(RunLogTest, LinesBeginWithWhatTheyHaveInCommon) {
  const auto out = console(false);
  RunLog log(folder_, "run-1", 100, *out, ProgressStyle::off);
  log.event("end", 7, 0.25, {{"reason", "finished"}});
  EXPECT_TRUE(testing::content_of(folder_.metrics_file()).starts_with(R"({"event":"end","time":)"));
}

TEST_F(RunLogTest, WithoutAnEventThereIsNoFile) {
  const auto out = console(false);
  const RunLog log(folder_, "run-1", 100, *out, ProgressStyle::lines);
  EXPECT_FALSE(std::filesystem::exists(folder_.metrics_file()));
}

TEST_F(RunLogTest, AStepHasTheMembersOfTheContract) {
  const auto out = console(false);
  RunLog log(folder_, "run-1", 100, *out, ProgressStyle::lines);
  log.step(report(10));
  const Json line = lines().front();
  EXPECT_EQ(line.at("event"), "step");
  EXPECT_EQ(line.at("loss"), 1.25);
  EXPECT_EQ(line.at("losses").at("logits").get<double>(), 1.0 / 3);  // in full precision
  EXPECT_EQ(line.at("losses").at("aux2"), 2.0);
  EXPECT_EQ(line.at("lr"), 0.01);
  EXPECT_EQ(line.at("lr_groups"), (Json{0.01, 0.1}));
  EXPECT_EQ(line.at("gradient_norm"), 0.75);
  EXPECT_EQ(line.at("images_per_second"), 12.5);
  EXPECT_EQ(line.at("skipped"), 0);
  EXPECT_GT(line.at("memory").at("resident_bytes").get<std::int64_t>(), 0);
  const Json& phases = line.at("phases");
  ASSERT_EQ(phases.size(), kNumPhases);
  double sum = 0;
  for (const std::string_view name : kPhaseNames) sum += phases.at(std::string(name)).get<double>();
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_EQ(phases.at("backward"), 0.5);
}

TEST_F(RunLogTest, ALossThatIsNotANumberDoesNotEndTheRecord) {
  const auto out = console(false);
  RunLog log(folder_, "run-1", 100, *out, ProgressStyle::lines);
  StepReport bad = report(10);
  bad.total_loss = std::nan("");
  log.step(bad);
  EXPECT_TRUE(lines().front().at("loss").is_null());
}

TEST_F(RunLogTest, PeopleReadRateLossesWaitAndWhatIsLeft) {
  const auto out = console(false);
  RunLog log(folder_, "run-1", 100, *out, ProgressStyle::lines);
  log.step(report(10));
  for (const char* part : {"step 10/100", "loss 1.2500", "logits 0.333", "aux2 2.000", "lr 0.01", "12.5 img/s",
                           "wait 25 %", "step 75 %", "eta 1:30"})
    EXPECT_NE(text().find(part), std::string::npos) << part << " in " << text();
}

TEST_F(RunLogTest, BehindTheLastStepNothingIsLeftToWaitFor) {
  const auto out = console(true);
  RunLog log(folder_, "run-1", 10, *out, ProgressStyle::bar);
  log.step(report(10));
  log.progress(10, 12.5, 0);
  EXPECT_EQ(text().find("eta"), std::string::npos) << text();
}

TEST_F(RunLogTest, OffIsSilentButRecords) {
  const auto out = console(true);
  RunLog log(folder_, "run-1", 100, *out, ProgressStyle::off);
  log.step(report(10));
  log.progress(100, 12.5, 0);
  log.activity("evaluating 1/2");
  EXPECT_EQ(text(), "");
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(RunLogTest, TheBarIsDrawnOnTerminalsOnly) {
  for (const bool is_terminal : {false, true}) {
    const auto out = console(is_terminal);
    RunLog log(folder_, "run-1", 100, *out, ProgressStyle::bar);
    log.progress(100, 12.5, 0);  // the last step is always drawn
    log.activity("evaluating 1/2");
    EXPECT_EQ(text().find("100/100") != std::string::npos, is_terminal) << text();
    EXPECT_EQ(text().find("evaluating 1/2") != std::string::npos, is_terminal) << text();
  }
}

TEST_F(RunLogTest, LinesHaveNoBarEvenOnATerminal) {
  const auto out = console(true);
  RunLog log(folder_, "run-1", 100, *out, ProgressStyle::lines);
  log.progress(100, 12.5, 0);
  log.activity("evaluating 1/2");
  EXPECT_EQ(text(), "");
}

TEST_F(RunLogTest, TheBarIsNotDrawnAtEveryStep) {
  const auto out = console(true);
  RunLog log(folder_, "run-1", 1000, *out, ProgressStyle::bar);
  for (std::int64_t step = 1; step < 500; ++step) log.progress(step, 12.5, 10);
  EXPECT_NE(text().find("1/1000"), std::string::npos);
  EXPECT_EQ(text().find("499/1000"), std::string::npos);  // 499 steps took less than two tenths of a second
}

// The Python trainer prints the mean of its four groups, two of which learn ten times as fast: 5.5 times the base rate.
TEST(ShownRate, IsTheBaseRateOrTheMeanOfTheGroups) {
  StepReport report{.rate = 0.01, .group_rates = {0.01, 0.01, 0.1, 0.1}};
  EXPECT_EQ(shown_rate(report), 0.01);
  report.shows_mean_rate = true;
  EXPECT_DOUBLE_EQ(shown_rate(report), 0.055);
}

TEST_F(RunLogTest, TheMeanRateIsForPeopleAndTheBaseRateStaysInTheFile) {
  const auto sink = console(false);
  RunLog log(folder_, "run", 10, *sink, ProgressStyle::lines);
  StepReport shown = report(1);
  shown.shows_mean_rate = true;
  log.step(shown);
  EXPECT_NE(text().find("lr 0.055 "), std::string::npos) << text();
  EXPECT_EQ(lines().at(0).at("lr"), 0.01);
}

}  // namespace
}  // namespace seg
