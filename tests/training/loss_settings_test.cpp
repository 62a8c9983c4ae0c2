// SPDX-License-Identifier: Apache-2.0
#include "training/loss_settings.h"

#include <gtest/gtest.h>

#include "tests/support/problem_record.h"

namespace seg {
namespace {

using Weights = std::vector<double>;

std::size_t num_problems(const LossConfig& config, std::int64_t num_classes) {
  std::vector<Problem> problems;
  check_class_weights(config, num_classes, problems);
  testing::record(problems);
  return problems.size();
}

TEST(LossSettings, AListIsOneNumberAClassAndNotAllZero) {
  LossConfig config;
  EXPECT_EQ(num_problems(config, 3), 0U);
  config.class_weights = Weights{0, 2, 0.5};
  EXPECT_EQ(num_problems(config, 3), 0U);
  EXPECT_EQ(num_problems(config, 4), 1U);
  config.class_weights = Weights{0, 0, 0};
  EXPECT_EQ(num_problems(config, 3), 1U);
}

TEST(LossSettings, WeightsAreTheListsTheStoredOnesOrTheCounted) {
  LossConfig config;
  const std::vector<ClassCount> counts = {{.pixels = 1, .pixels_of_images = 2}, {.pixels = 1, .pixels_of_images = 4}};
  EXPECT_EQ(class_weights(config, 2, "", counts), Weights());
  config.class_weights = Weights{3, 4};
  EXPECT_EQ(class_weights(config, 2, "5,6", counts), Weights({3, 4}));
  config.class_weights = "median_frequency";
  EXPECT_TRUE(weighs_by_frequency(config));
  EXPECT_EQ(class_weights(config, 2, "5,6", counts), Weights({5, 6}));
  EXPECT_EQ(class_weights(config, 2, "", counts), Weights({0.75, 1.5}));
  EXPECT_EQ(class_weights(config, 2, ""), Weights({1, 1})) << "before labels are counted";
}

TEST(LossSettings, StoredWeightsReadBackToTheBit) {
  LossConfig config;
  config.class_weights = "median_frequency";
  const Weights weights = {1.0 / 3, 1e-17, 12345.678901234567};
  EXPECT_EQ(class_weights(config, 3, class_weights_text(weights)), weights);
}

TEST(LossSettings, KeysBecomeOptions) {
  LossConfig config;
  config.loss = "ce";
  config.label_smoothing = 0.1;
  config.aux_weight = 0.4;
  const LossOptions options = loss_options(config, 11, {1, 2});
  EXPECT_EQ(options.kind, LossKind::cross_entropy);
  EXPECT_EQ(options.ignore_label, 11);
  EXPECT_EQ(options.class_weights, Weights({1, 2}));
  EXPECT_EQ(options.label_smoothing, 0.1);
  EXPECT_EQ(options.weight, 0.4);
}

}  // namespace
}  // namespace seg
