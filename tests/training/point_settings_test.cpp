// SPDX-License-Identifier: Apache-2.0
#include "training/point_settings.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/support/problem_of.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

Config config_of(const std::string& source) {
  Config config;
  config.model.point_rend = true;
  config.model.point_rend_points = 1001;
  config.boundaries.point_source = source;
  config.boundaries.boundary_sigma = 3;
  return config;
}

TEST(PointSettings, UncertainPointsAreChosenByTheStep) {
  const Config config = config_of("uncertainty");
  EXPECT_EQ(drawn_points(config).count, 0);
  const PointTraining training = point_training(config);
  EXPECT_FALSE(training.has_given);
  ASSERT_TRUE(training.chosen.has_value());
  EXPECT_EQ(training.chosen->candidates, 3003);
  EXPECT_EQ(training.chosen->uncertain, 750);
  EXPECT_EQ(training.chosen->uniform, 251);
  EXPECT_EQ(training.chosen->padding, PointPadding::border);
}

TEST(PointSettings, PointsNearBoundariesAreTheLoaders) {
  const Config config = config_of("boundary");
  EXPECT_EQ(drawn_points(config).count, 1001);
  EXPECT_EQ(drawn_points(config).boundary_share, 0.75);
  EXPECT_EQ(drawn_points(config).sigma, 3);
  EXPECT_TRUE(point_training(config).has_given);
  EXPECT_FALSE(point_training(config).chosen.has_value());
}

TEST(PointSettings, MixedOnesAreHalfAndHalf) {
  const Config config = config_of("mixed");
  EXPECT_EQ(drawn_points(config).count, 375);
  EXPECT_EQ(drawn_points(config).boundary_share, 1);
  const PointTraining training = point_training(config);
  EXPECT_TRUE(training.has_given);
  ASSERT_TRUE(training.chosen.has_value());
  EXPECT_EQ(training.chosen->uncertain, 375);
  EXPECT_EQ(training.chosen->uniform, 251);
  EXPECT_EQ(training.chosen->candidates, 1878);
}

TEST(PointSettings, LossAndHeadAreTheConfigs) {
  Config config = config_of("uncertainty");
  config.model.point_rend_weight = 0.5;
  config.model.point_rend_padding = "zeros";
  config.model.point_rend_steps = 3;
  config.model.point_rend_step_points = 77;
  config.dataset.lb_ignore = 11;
  const LossOptions loss = point_training(config).loss;
  EXPECT_EQ(loss.kind, LossKind::cross_entropy);
  EXPECT_EQ(loss.ignore_label, 11);
  EXPECT_EQ(loss.weight, 0.5);
  const auto head = point_head_of(config.model);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->padding, PointPadding::zeros);
  EXPECT_EQ(head->refinement.steps, 3);
  EXPECT_EQ(head->refinement.points, 77);
  config.model.point_rend = false;
  EXPECT_FALSE(point_head_of(config.model).has_value());
  EXPECT_EQ(drawn_points(config).count, 0);
}

ResolvedConfig said(std::vector<std::string> words) {
  return load_config({.file = std::nullopt, .overrides = std::move(words), .purpose = Purpose::show}, silent_log());
}

TEST(PointSettings, RefinementIsTheConfigsWhereItSaysSomethingElseTheCards) {
  const PointHead kept{.refinement = {.steps = 3, .points = 77}};
  const auto refinement = [&](const std::vector<std::string>& words) {
    ModelCard card;
    card.point_head = kept;
    set_refinement(card, said(words));
    return card.point_head->refinement;
  };
  EXPECT_EQ(refinement({}).steps, 3);
  EXPECT_EQ(refinement({"point_rend=true"}).points, 77);
  EXPECT_EQ(refinement({"point_rend_steps=1"}).steps, 1);
  EXPECT_EQ(refinement({"point_rend_steps=1"}).points, 77);
  EXPECT_EQ(refinement({"point_rend_step_points=5"}).points, 5);
  EXPECT_FALSE(refinement({"point_rend_step_points=auto"}).points);
  EXPECT_EQ(refinement({"point_rend=false", "point_rend_steps=2"}).steps, 0);
  EXPECT_EQ(testing::problem_of([&] { (void)refinement({"point_rend_steps=4"}); }).where, "point_rend_steps");
  ModelCard plain;
  set_refinement(plain, said({"point_rend_steps=1"}));
  EXPECT_FALSE(plain.point_head.has_value());
}

TEST(PointSettings, DefaultsThatAFileSpellsSayNothingOfRefinement) {
  const auto refinement = [](std::initializer_list<std::pair<const char*, OriginKind>> keys, const ModelConfig& model) {
    ModelCard card;
    card.point_head = PointHead{.refinement = {.steps = 3, .points = 77}};
    ResolvedConfig resolved;
    resolved.config.model = model;
    for (const auto& [key, kind] : keys) resolved.origins[key].kind = kind;
    set_refinement(card, resolved);
    return card.point_head->refinement;
  };
  // As the config of a run without a point head has them.
  const auto plain = {std::pair("point_rend", OriginKind::file), std::pair("point_rend_steps", OriginKind::file),
                      std::pair("point_rend_step_points", OriginKind::file)};
  EXPECT_EQ(refinement(plain, {}).steps, 3);
  EXPECT_EQ(refinement(plain, {}).points, 77);
  ModelConfig one;
  one.point_rend_steps = 1;
  EXPECT_EQ(refinement(plain, one).steps, 1);
  EXPECT_EQ(refinement({{"point_rend_steps", OriginKind::command_line}}, {}).steps, ModelConfig().point_rend_steps);
}

TEST(PointSettings, MoreCandidatesThanAThreadCanHoldAreRefused) {
  Config config = config_of("uncertainty");
  for (const auto& [points, oversampling] :
       {std::pair(std::int64_t{2048}, 3.0), std::pair(std::int64_t{1} << 24, 1.0)}) {
    std::vector<Problem> problems;
    config.model.point_rend_points = points;
    config.model.point_rend_oversampling = oversampling;
    check_point_rend(config.model, problems);
    EXPECT_TRUE(problems.empty());
  }
  for (const auto& [points, oversampling] :
       {std::pair(std::int64_t{2048}, 1e300), std::pair((std::int64_t{1} << 24) + 1, 1.0)}) {
    std::vector<Problem> problems;
    config.model.point_rend_points = points;
    config.model.point_rend_oversampling = oversampling;
    check_point_rend(config.model, problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems.front().where, "point_rend_oversampling");
    testing::record(problems);
  }
}

TEST(PointSettings, MoreDoublingsThanFitAreRefused) {
  Config config = config_of("uncertainty");
  std::vector<Problem> problems;
  for (const std::int64_t steps : {0, 3, 4}) {
    config.model.point_rend_steps = steps;
    check_point_rend(config.model, problems);
  }
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().where, "point_rend_steps");
  EXPECT_EQ(problems.front().what, "4 doublings make the map larger than the image");
  testing::record(problems);
}

}  // namespace
}  // namespace seg
