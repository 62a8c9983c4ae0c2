// SPDX-License-Identifier: Apache-2.0
#include "doctor/examination.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/dataset.h"
#include "tests/dataset/image_folder.h"
#include "tests/doctor/judged.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// Benchmarks that give what they are told to.
struct Benches {
  Figures figures = testing::healthy_figures();
  std::vector<std::string> asked;
  bool loader_dies = false, run_dies = false, has_little_time = false;
  std::vector<double> slowest_steps{};  // of each run, where a fast step takes a second

  std::optional<Json> operator()(const BenchRequest& request) {
    if (request.may_be_left_out && has_little_time) return std::nullopt;
    asked.push_back(request.part + (request.change.empty() ? "" : " " + text_of(request.change)));
    if (request.part == "run" && !run_dies) {
      Json run = {{"images_per_second", 1.0}, {"figures", to_json(figures)}};
      if (!request.evaluates) run.at("figures").erase("evaluation_seconds");
      if (asked.size() <= slowest_steps.size()) {
        run["seconds_per_step"] = {{"p10", 1}, {"p90", slowest_steps[asked.size() - 1]}};
        run.at("figures")["run_rate"] = 1 / slowest_steps[asked.size() - 1];
      }
      return run;
    }
    if (request.part == "loader" && !loader_dies) return Json{{"images_per_second", 123.0}, {"workers", 3}};
    if (request.part == "step") return Json{{"images_per_second", request.change.empty() ? 40.0 : 90.0}};
    return std::nullopt;
  }
};

TEST(Examination, MeasuresBothTogetherAndEachAlone) {
  Benches benches;
  const auto figures = examine(std::ref(benches));
  ASSERT_TRUE(figures);
  EXPECT_EQ(benches.asked, (std::vector<std::string>{"run", "loader", "step"}));
  EXPECT_EQ(figures->figures.loader_rate, 123);
  EXPECT_EQ(figures->figures.loader_workers, 3);
  EXPECT_EQ(figures->figures.step_rate, 40);
  EXPECT_EQ(figures->figures.run_rate, 29.5);
  EXPECT_FALSE(figures->figures.half_step_rate);
}

TEST(Examination, MeasuresWhatRulesMustKnowOfOtherSettings) {
  Benches benches;
  benches.figures.precision = "fp32";
  benches.figures.images_of_micro_batch = 1;
  benches.figures.micro_batches = 8;
  benches.figures.deterministic = true;
  const auto figures = examine(std::ref(benches));
  ASSERT_TRUE(figures);
  EXPECT_EQ(benches.asked, (std::vector<std::string>{"run", "loader", "step", "step precision=bf16",
                                                     "step gradient_accumulation_steps=1 ims_per_gpu=8"}));
  EXPECT_EQ(figures->figures.half_step_rate, 90);
  EXPECT_EQ(figures->figures.larger_batch_step_rate, 90);
  EXPECT_EQ(figures->runs.size(), 1u);
  benches.figures.computes_on_cpu = false;
  EXPECT_EQ(examine(std::ref(benches)).value().figures.free_kernels_step_rate, 90);
}

TEST(Examination, WithoutWorkersARunHasMeasuredTheStepAlone) {
  Benches benches;
  benches.figures.workers = 0;
  benches.figures.precision = "fp32";
  const auto figures = examine(std::ref(benches));
  ASSERT_TRUE(figures);
  EXPECT_EQ(benches.asked, (std::vector<std::string>{"run", "loader", "run precision=bf16"}));
  EXPECT_EQ(figures->figures.step_rate, 30);
  EXPECT_EQ(figures->figures.half_step_rate, 30);
  ASSERT_EQ(figures->runs.size(), 2u);  // which trials need not make again
  EXPECT_EQ(figures->runs.back().change, (Change{{"precision", "bf16"}}));
}

TEST(Examination, LittleTimeIsKeptForWhatTrialsNeed) {
  Benches benches;
  benches.figures.precision = "fp32";
  benches.has_little_time = true;
  const auto figures = examine(std::ref(benches));
  ASSERT_TRUE(figures);
  EXPECT_EQ(benches.asked, (std::vector<std::string>{"run", "run precision=bf16"}));
  EXPECT_EQ(figures->figures.half_step_rate, 30);
}

TEST(Examination, ARunThatWasDisturbedIsMadeAgain) {
  Benches benches;
  benches.slowest_steps = {3, 1.1};
  const auto calm = examine(std::ref(benches));
  ASSERT_TRUE(calm);
  EXPECT_EQ(benches.asked, (std::vector<std::string>{"run", "run", "loader", "step"}));
  EXPECT_DOUBLE_EQ(calm->figures.run_rate.value(), 1 / 1.1);
  EXPECT_EQ(calm->figures.evaluation_seconds, 12);  // which only the first has measured
  benches = {};
  benches.slowest_steps = {3, 4};
  EXPECT_DOUBLE_EQ(examine(std::ref(benches)).value().figures.run_rate.value(), 1.0 / 3);
  benches = {};
  benches.slowest_steps = {1.2, 1};
  EXPECT_DOUBLE_EQ(examine(std::ref(benches)).value().figures.run_rate.value(), 1 / 1.2);
}

TEST(Examination, ABatchThatCannotBeDividedBecomesLarger) {
  Benches benches;
  benches.figures.images_of_micro_batch = 3;
  (void)examine(std::ref(benches));
  EXPECT_EQ(benches.asked.back(), "step ims_per_gpu=6");
}

TEST(Examination, ABenchmarkThatDiesLeavesItsFigureUnknown) {
  Benches benches;
  benches.loader_dies = true;
  benches.figures.loader_rate.reset();
  const auto figures = examine(std::ref(benches));
  ASSERT_TRUE(figures);
  EXPECT_FALSE(figures->figures.loader_rate);
  EXPECT_EQ(figures->figures.step_rate, 40);
  benches.run_dies = true;
  EXPECT_FALSE(examine(std::ref(benches)));
}

TEST(Examination, MeasuresTheData) {
  DatasetConfig config;
  config.dataset = "Synthetic";
  config.synthetic_images = 10;
  config.synthetic_size = {40, 64};
  Figures figures;
  add_data(*open_dataset(config, Split::train), figures);
  EXPECT_GT(figures.decoded_bytes.value(), 10 * 3 * 40 * 64);
  EXPECT_FALSE(figures.cold_bytes_per_second);  // it has no files
  EXPECT_FALSE(figures.file_bytes);
}

}  // namespace
}  // namespace seg
