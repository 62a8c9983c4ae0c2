// SPDX-License-Identifier: Apache-2.0
#include "doctor/run_record.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/doctor/judged.h"

namespace seg::testing {
namespace {

using Json = nlohmann::json;

// The lines of a run whose clock begins at 1000.
class Record {
 public:
  void line(const Json& record) { text_ += record.dump() + '\n'; }
  void event(const std::string& name, double time) { line({{"event", name}, {"time", time}, {"step", 0}}); }
  void step(std::int64_t step, double time, double rate, const Json& phases) {
    line({{"event", "step"},
          {"time", time},
          {"step", step},
          {"images_per_second", rate},
          {"phases", phases},
          {"memory", {{"peak_resident_bytes", 1000 * step}}}});
  }
  void evaluation(const Json& miou, double seconds) {
    line({{"event", "eval"}, {"step", 1}, {"seconds", seconds}, {"protocols", {{"ss", {{"miou", miou}}}}}});
  }
  Figures figures() const { return figures_of_record(text_, "ss"); }

 private:
  std::string text_;
};

TEST(RunRecord, ShareOfPhasesIsByTime) {
  Record record;
  record.event("start", 1000);
  record.step(10, 1010, 20, {{"forward", 0.5}, {"data_wait", 0.5}});
  record.step(40, 1040, 40, {{"forward", 0.8}, {"checkpoint", 0.2}});
  record.event("resume", 5000);  // the hour before is no time of the run
  record.step(50, 5010, 20, {{"forward", 1.0}});
  const Figures figures = record.figures();
  EXPECT_NEAR(figures.phase(Phase::checkpoint).value(), 6.0 / 50, 1e-9);
  EXPECT_NEAR(figures.phase(Phase::data_wait).value(), 5.0 / 44, 1e-9);  // of training, as a run tells its doctor
  EXPECT_NEAR(figures.run_rate.value(), (10 * 20 + 24 * 40 + 10 * 20) / 44.0, 1e-9);
  EXPECT_NEAR(figures.step_rate.value(), (10 * 20 + 24 * 40 + 10 * 20) / 39.0, 1e-9);
  EXPECT_EQ(figures.memory_peak_bytes, 50000);
  EXPECT_FALSE(figures.evaluation_seconds);
  EXPECT_FALSE(figures.skipped_steps_share);
  EXPECT_TRUE(found(figures, "checkpoint_share"));
}

TEST(RunRecord, CountsEvaluationsSinceTheBest) {
  Record record;
  record.evaluation(0.5, 3);
  record.evaluation(0.7, 4);
  EXPECT_EQ(record.figures().evaluations_without_progress, 0);
  for (int i = 0; i < 11; ++i) record.evaluation(i == 5 ? Json() : Json(0.7), 5);  // one without a value
  Figures figures = record.figures();
  EXPECT_EQ(figures.evaluations_without_progress, 10);
  EXPECT_EQ(figures.evaluation_seconds, 5);
  figures.early_stop_patience = 0;
  EXPECT_TRUE(found(figures, "no_progress"));
}

TEST(RunRecord, TellsStepsThatOverflowed) {
  Record record;
  record.line({{"event", "step"}, {"step", 200}, {"skipped_steps", 10}});
  Figures figures = record.figures();
  EXPECT_DOUBLE_EQ(figures.skipped_steps_share.value(), 0.05);
  figures.precision = "fp16";
  EXPECT_TRUE(found(figures, "fp16_overflows"));
}

TEST(RunRecord, TellsHowBusyTheGpuWas) {
  Record record;
  const auto step = [&](std::int64_t number, double time, const Json& gpu) {
    record.line({{"event", "step"},
                 {"time", time},
                 {"step", number},
                 {"images_per_second", 10},
                 {"phases", {{"forward", 1.0}}},
                 {"gpu", gpu}});
  };
  record.event("start", 1000);
  step(10, 1010, {{"utilisation", 0.3}});
  EXPECT_DOUBLE_EQ(record.figures().gpu_utilisation.value(), 0.3);
  step(40, 1040, {{"utilisation", 0.7}});
  step(50, 1050, {{"utilisation", nullptr}});  // the driver does not tell
  EXPECT_FALSE(record.figures().gpu_memory_share);
  step(55, 1055, {{"used_bytes", 30}, {"total_bytes", 120}});
  step(56, 1056, {{"used_bytes", 30}, {"total_bytes", 0}});
  step(60, 1060, nullptr);
  EXPECT_DOUBLE_EQ(record.figures().gpu_memory_share.value(), 0.25);
  EXPECT_DOUBLE_EQ(record.figures().gpu_utilisation.value(), (0.3 + 0.7) / 2);
  Figures figures = record.figures();
  figures.phases[static_cast<std::size_t>(Phase::data_wait)] = 0;
  EXPECT_TRUE(found(figures, "idle_gpu"));
}

TEST(RunRecord, TellsWhatTheRunHasFoundInItsLastPart) {
  const auto line = [](const Json& json) { return json.dump() + "\n"; };
  const auto rules = [](const std::string& text) {
    std::string all;
    for (const Finding& finding : findings_of_record(text)) all += finding.rule + " ";
    return all;
  };
  const std::string come = line({{"event", "finding"}, {"state", "come"}, {"rule", "a"}});
  const std::string other = line({{"event", "finding"}, {"state", "come"}, {"rule", "b"}});
  const std::string gone = line({{"event", "finding"}, {"state", "gone"}, {"rule", "a"}});
  EXPECT_EQ(rules(come + other), "a b ");
  EXPECT_EQ(rules(come + other + gone), "b ");
  EXPECT_EQ(rules(come + other + line({{"event", "resume"}})), "");
  EXPECT_EQ(rules(come + other + line({{"event", "end"}, {"findings", {{{"rule", "c"}}, 7}}})), "c ");
  EXPECT_EQ(rules(come + line({{"event", "end"}, {"reason", "error"}})), "a ");
}

TEST(RunRecord, PassesOverWhatIsNoRecord) {
  Record record;
  record.line("a text");
  record.line({{"event", 7}});
  record.line({{"event", "step"}, {"phases", {1, 2}}, {"memory", "much"}, {"time", "now"}});
  record.line({{"event", "eval"}, {"protocols", 3}});
  EXPECT_EQ(to_json(record.figures()), Json::object());
  EXPECT_EQ(to_json(figures_of_record("{\"event\": \"step\", \"ti", "ss")), Json::object());
  EXPECT_EQ(to_json(figures_of_record("", "ss")), Json::object());
}

TEST(RunRecord, NumbersThatNoRunTellsAreNotTaken) {
  EXPECT_FALSE(
      figures_of_record(R"({"event": "step", "memory": {"peak_resident_bytes": 1e300}})", "ss").memory_peak_bytes);
  Record record;
  record.event("start", 0);
  record.step(1, 10, 20, {{"forward", 1.0}});
  record.step(2, 1e308, 1e308, {{"forward", 1e300}});
  record.step(3, -1e308, -1e308, {{"forward", -1e300}});
  EXPECT_DOUBLE_EQ(record.figures().run_rate.value(), 20);
  EXPECT_DOUBLE_EQ(record.figures().phase(Phase::forward).value(), 1);
}

TEST(RunRecord, TheConfigSaysWhatIsNotAutomatic) {
  Config config;
  EXPECT_FALSE(figures_of_config(config).threads);
  EXPECT_FALSE(figures_of_config(config).precision);
  config.run.threads = 3;
  config.run.device = "cpu";
  config.precision.precision = "fp16";
  config.loader.ims_per_gpu = 4;
  config.evaluation.eval_interval = 50;
  const Figures figures = figures_of_config(config);
  EXPECT_EQ(figures.threads, 3);
  EXPECT_EQ(figures.computes_on_cpu, true);
  EXPECT_EQ(figures.precision, "fp16");
  EXPECT_EQ(figures.samples_per_step(), 4);
  EXPECT_EQ(figures.eval_interval, 50);
  EXPECT_EQ(figures.early_stop_patience, 0);
}

}  // namespace
}  // namespace seg::testing
