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
  const std::vector<LossTerm> terms = summed_losses(config, 11, {1, 2});
  ASSERT_EQ(terms.size(), 1U);
  const LossOptions& options = terms[0].options;
  EXPECT_EQ(options.kind, LossKind::cross_entropy);
  EXPECT_EQ(options.ignore_label, 11);
  EXPECT_EQ(options.class_weights, Weights({1, 2}));
  EXPECT_EQ(options.label_smoothing, 0.1);
  EXPECT_EQ(options.weight, 0.4);
}

TEST(LossSettings, ASumIsItsTermsWithWeights) {
  LossConfig config;
  config.loss = "focal + 0.5*dice + 2*lovasz + ohem";
  config.label_smoothing = 0.1;
  config.focal_gamma = 3;
  const std::vector<LossTerm> terms = summed_losses(config, 255, {1, 2});
  ASSERT_EQ(terms.size(), 4U);
  EXPECT_EQ(terms[0].options.kind, LossKind::focal);
  EXPECT_EQ(terms[0].options.focal_gamma, 3);
  EXPECT_EQ(terms[0].options.label_smoothing, 0.1);
  EXPECT_EQ(terms[1].name, "dice");
  EXPECT_EQ(terms[1].options.kind, LossKind::dice);
  EXPECT_EQ(terms[1].weight, 0.5);
  EXPECT_EQ(terms[1].options.label_smoothing, 0) << "there is no target of a pixel in it";
  EXPECT_EQ(terms[1].options.class_weights, Weights({1, 2}));
  EXPECT_EQ(terms[2].options.kind, LossKind::lovasz);
  EXPECT_EQ(terms[2].weight, 2);
  EXPECT_EQ(terms[3].options.kind, LossKind::ohem);
}

TEST(LossSettings, MicroBatchesCountByWeightsWhereALossIsDividedByThem) {
  const auto is_divided = [](const char* loss) {
    LossConfig config;
    config.loss = loss;
    return is_divided_by_weights(config);
  };
  for (const char* loss : {"ce", "focal", "ce + 0.5*dice"}) EXPECT_TRUE(is_divided(loss)) << loss;
  for (const char* loss : {"ohem", "dice", "lovasz", "ohem + focal"}) EXPECT_FALSE(is_divided(loss)) << loss;
}

}  // namespace
}  // namespace seg
