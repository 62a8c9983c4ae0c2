// SPDX-License-Identifier: Apache-2.0
#include "training/run_gauges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

StepReport some_report() {
  StepReport report{.step = 7,
                    .epoch = 0.5,
                    .losses = {{"logits", 1.5}, {"aux2", 2.0}},
                    .total_loss = 3.5,
                    .rate = 0.01,
                    .gradient_norm = 0.75,
                    .images_per_second = 8,
                    .seconds_left = 90,
                    .skipped = 2};
  report.phases[Phase::data_wait] = 1;
  report.phases[Phase::backward] = 3;
  return report;
}

const Gauge* find(const std::vector<Gauge>& gauges, const std::string& name) {
  const auto found = std::ranges::find(gauges, name, &Gauge::name);
  return found == gauges.end() ? nullptr : &*found;
}

double value_of(const std::vector<Gauge>& gauges, const std::string& name, const std::string& label = "") {
  const Gauge* const gauge = find(gauges, name);
  if (gauge == nullptr) return -1;
  for (const Gauge::Sample& sample : gauge->samples)
    if (label.empty() || sample.labels.front().second == label) return sample.value;
  return -1;
}

TEST(RunGauges, TellWhatTheLineTells) {
  RunFacts facts{.seconds_of_step = 0.25, .last_step = 100};
  facts.phases[Phase::backward] = 30;
  const double before = unix_time_now();
  const std::vector<Gauge> gauges = gauges_of(some_report(), facts);
  EXPECT_EQ(value_of(gauges, "segtrain_running"), 1);
  EXPECT_GE(value_of(gauges, "segtrain_last_update_timestamp_seconds"), before);
  EXPECT_EQ(value_of(gauges, "segtrain_step"), 7);
  EXPECT_EQ(value_of(gauges, "segtrain_steps"), 100);
  EXPECT_EQ(value_of(gauges, "segtrain_loss"), 3.5);
  EXPECT_EQ(value_of(gauges, "segtrain_loss_term", "aux2"), 2);
  EXPECT_EQ(value_of(gauges, "segtrain_images_per_second"), 8);
  EXPECT_EQ(value_of(gauges, "segtrain_step_seconds"), 0.25);
  EXPECT_EQ(value_of(gauges, "segtrain_phase_ratio", "data_wait"), 0.25);
  EXPECT_EQ(value_of(gauges, "segtrain_phase_seconds_total", "backward"), 30);
  EXPECT_EQ(value_of(gauges, "segtrain_bad_samples_total"), 2);
  EXPECT_GT(value_of(gauges, "segtrain_resident_memory_bytes"), 0);
}

TEST(RunGauges, WhatIsNotKnownIsLeftOut) {
  const std::vector<Gauge> gauges = gauges_of(some_report(), {});
  for (const char* const name :
       {"segtrain_gpu_memory_bytes", "segtrain_loss_scale", "segtrain_skipped_steps_total", "segtrain_best_miou_ratio"})
    EXPECT_EQ(find(gauges, name), nullptr) << name;
  StepReport report = some_report();
  report.gpu_memory = CudaMemory{.in_use = 5, .peak_in_use = 7};
  report.loss_scaling = {.scale = 512, .skipped_steps = 3};
  const std::vector<Gauge> more = gauges_of(report, {.best_miou = 0.5});
  EXPECT_EQ(value_of(more, "segtrain_gpu_memory_peak_bytes"), 7);
  EXPECT_EQ(value_of(more, "segtrain_loss_scale"), 512);
  EXPECT_EQ(value_of(more, "segtrain_skipped_steps_total"), 3);
  EXPECT_EQ(value_of(more, "segtrain_best_miou_ratio"), 0.5);
}

TEST(RunGauges, OfAGpuTheyTellWhatItsDriverKnows) {
  StepReport report = some_report();
  report.gpu = GpuFigures{.utilisation = 0.5, .megahertz = 1980, .throttled_by = std::vector<std::string>{"power"}};
  const std::vector<Gauge> gauges = gauges_of(report, {});
  EXPECT_EQ(value_of(gauges, "segtrain_gpu_utilization_ratio"), 0.5);
  EXPECT_EQ(value_of(gauges, "segtrain_gpu_clock_hertz"), 1.98e9);
  EXPECT_EQ(value_of(gauges, "segtrain_gpu_throttled", "power"), 1);
  EXPECT_EQ(find(gauges, "segtrain_gpu_power_watts"), nullptr);
}

TEST(RunGauges, FindingsThatStandAreTold) {
  Finding finding;
  finding.rule = "more_workers";
  EXPECT_EQ(value_of(gauges_of(some_report(), {.findings = {finding}}), "segtrain_finding", "more_workers"), 1);
}

// As Prometheus asks: counters end in _total, a name holds its unit, and stands once.
TEST(RunGauges, NamesFollowTheRules) {
  StepReport report = some_report();
  report.gpu_memory = CudaMemory{};
  report.gpu = GpuFigures{.utilisation = 1, .used_bytes = 1, .celsius = 1, .throttled_by = {{"heat"}}};
  report.loss_scaling = LossScaling{};
  std::set<std::string> names;
  for (const Gauge& gauge : gauges_of(report, {.best_miou = 0.5})) {
    EXPECT_TRUE(names.insert(gauge.name).second) << gauge.name;
    EXPECT_TRUE(gauge.name.starts_with("segtrain_"));
    EXPECT_EQ(gauge.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << gauge.name;
    EXPECT_EQ(gauge.name.ends_with("_total"), gauge.kind == GaugeKind::counter) << gauge.name;
    EXPECT_FALSE(gauge.help.empty());
    EXPECT_EQ(gauge.help.find('\n'), std::string::npos);
  }
}

TEST(RunGauges, AFileThatCannotBeWrittenIsWarnedOfOnce) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "inner");
  testing::RecordingLog log;
  RunGauges gauges(folder / "inner" / "run.prom", {{"run", "run-1"}}, log);
  gauges.write(some_report(), {});
  EXPECT_NE(read_text(folder / "inner" / "run.prom").find("segtrain_step{run=\"run-1\"} 7\n"), std::string::npos);
  std::filesystem::remove_all(folder / "inner");
  gauges.write(some_report(), {});
  gauges.write(some_report(), {});
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("run.prom"), std::string::npos);
}

}  // namespace
}  // namespace seg
