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
  bool loader_dies = false, run_dies = false;

  std::optional<Json> operator()(const BenchRequest& request) {
    asked.push_back(request.part + (request.change.empty() ? "" : " " + text_of(request.change)));
    if (request.part == "run" && !run_dies) return Json{{"images_per_second", 1.0}, {"figures", to_json(figures)}};
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
  EXPECT_EQ(figures->loader_rate, 123);
  EXPECT_EQ(figures->loader_workers, 3);
  EXPECT_EQ(figures->step_rate, 40);
  EXPECT_EQ(figures->run_rate, 29.5);
  EXPECT_FALSE(figures->half_step_rate);
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
                                                     "step gradient_accumulation_steps=4 ims_per_gpu=2"}));
  EXPECT_EQ(figures->half_step_rate, 90);
  EXPECT_EQ(figures->larger_batch_step_rate, 90);
  EXPECT_EQ(figures->larger_micro_batch, 2);
  benches.figures.computes_on_cpu = false;
  EXPECT_EQ(examine(std::ref(benches)).value().free_kernels_step_rate, 90);
}

TEST(Examination, WithoutWorkersARunHasMeasuredTheStepAlone) {
  Benches benches;
  benches.figures.workers = 0;
  benches.figures.precision = "fp32";
  const auto figures = examine(std::ref(benches));
  ASSERT_TRUE(figures);
  EXPECT_EQ(benches.asked, (std::vector<std::string>{"run", "loader", "run precision=bf16"}));
  EXPECT_EQ(figures->step_rate, 30);
  EXPECT_EQ(figures->half_step_rate, 30);
}

TEST(Examination, ABatchThatCannotBeDividedBecomesLarger) {
  Benches benches;
  benches.figures.images_of_micro_batch = 3;
  (void)examine(std::ref(benches));
  EXPECT_EQ(benches.asked.back(), "step gradient_accumulation_steps=1 ims_per_gpu=6");
}

TEST(Examination, ABenchmarkThatDiesLeavesItsFigureUnknown) {
  Benches benches;
  benches.loader_dies = true;
  benches.figures.loader_rate.reset();
  const auto figures = examine(std::ref(benches));
  ASSERT_TRUE(figures);
  EXPECT_FALSE(figures->loader_rate);
  EXPECT_EQ(figures->step_rate, 40);
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
