// SPDX-License-Identifier: Apache-2.0
#include "cli/prediction_keys.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/problem_of.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

using testing::problem_of;
using Words = std::vector<std::string>;

ModelCard card_of_a_run() {
  ModelCard card;
  card.config = R"(# evaluation
eval_scales = [0.5, 1.0]  # my.toml:3
eval_flip = true  # default
eval_start_shortside = 300  # my.toml:4
window_overlap = "sum"  # preset reference
# augmentation
cropsize = [96, 160]  # my.toml:5
scales = [0.5, 2.0]  # my.toml:6
)";
  return card;
}

TEST(PredictionKeys, OthersAreRefusedAndThoseOfAnotherProtocol) {
  const auto refused = [](const std::string& protocol, const std::string& word) {
    return problem_of([&] { (void)prediction_config({.words = {word}, .protocol = protocol}, silent_log()); });
  };
  EXPECT_EQ(refused("ss", "lr_start=1").what, "is neither a file nor a key that prediction depends on");
  EXPECT_EQ(refused("ss", "eval_scales=1").what, "has no effect with --protocol ss");
  EXPECT_EQ(refused("msf", "eval_crop=64").remedy, "leave it out, or --protocol ssc or mscf");
  EXPECT_EQ(refused("ssc", "mscf_rule=mean_probability").what, "has no effect with --protocol ssc");
  const ResolvedConfig config = prediction_config(
      {.words = {"eval_scales=0.5", "eval_crop=64", "point_rend_steps=3", "threads=2"}, .protocol = "mscf"},
      silent_log());
  EXPECT_EQ(config.config.model.point_rend_steps, 3);
}

TEST(PredictionKeys, WhatTheWeightsSayOrLackIsRefused) {
  const auto refused = [](const ModelCard& card, const std::string& word) {
    return problem_of([&] { check_words({.words = {word}}, card, "w.safetensors"); }).what;
  };
  ModelCard card;
  EXPECT_EQ(refused(card, "n_cats=3"), "is what w.safetensors says itself");
  EXPECT_EQ(refused(card, "point_rend_steps=3"), "asks for a point head, which w.safetensors does not have");
  EXPECT_EQ(refused(card, "point_rend=true"), "asks for a point head, which w.safetensors does not have");
  EXPECT_EQ(refused(card, "point_rend_step_points=9"), "asks for a point head, which w.safetensors does not have");
  EXPECT_NO_THROW(check_words({.words = {"point_rend=false", "point_rend=0", "point_rend_steps=0"}}, card, "w"));
  card.point_head = PointHead{};
  EXPECT_NO_THROW(check_words({.words = {"point_rend_steps=3", "threads=1"}}, card, "w.safetensors"));
}

TEST(PredictionKeys, ImagesAreLookedAtAsTheRunDidWhereNothingElseIsSaid) {
  const Config kept = looking_config({.words = {}, .protocol = "mscf"}, card_of_a_run(), silent_log());
  EXPECT_EQ(kept.evaluation.eval_protocols, Words{"mscf"});
  EXPECT_EQ(kept.evaluation.eval_scales, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(kept.evaluation.eval_start_shortside, 300);
  EXPECT_EQ(kept.evaluation.window_overlap, "sum");
  EXPECT_EQ(kept.augmentation.cropsize.width, 160);
  const Config said = looking_config({.words = {"eval_scales=2", "eval_crop=64x128"}, .protocol = "mscf"},
                                     card_of_a_run(), silent_log());
  EXPECT_EQ(said.evaluation.eval_scales, std::vector<double>{2});
  EXPECT_EQ(said.evaluation.eval_crop->width, 128);
  EXPECT_EQ(said.evaluation.window_overlap, "sum");
}

TEST(PredictionKeys, ScalesThatAreLookedAtAreSome) {
  for (const std::string protocol : {"msf", "mscf"}) {
    for (const std::string word : {"eval_scales=[]", "eval_scales="}) {
      const Problem problem =
          problem_of([&] { (void)prediction_config({.words = {word}, .protocol = protocol}, silent_log()); });
      EXPECT_EQ(problem.where, "command line");
      EXPECT_EQ(problem.what, "eval_scales is empty, but msf and mscf look at scales");
    }
  }
}

TEST(PredictionKeys, ARunWithoutScalesLeavesWeightsThatAreToldWhichToLookAt) {
  ModelCard card;
  card.config = "eval_scales = []  # my.toml:3\n";
  const auto looking = [&](const PredictionKeys& keys) { return looking_config(keys, card, silent_log()); };
  const Problem problem = problem_of([&] { (void)looking({.words = {}, .protocol = "msf"}); });
  EXPECT_EQ(problem.where, "eval_scales");
  EXPECT_EQ(problem.what, "is empty in the config that the weights keep, but msf looks at scales");
  const Config said = looking({.words = {"eval_scales=1"}, .protocol = "msf"});
  EXPECT_EQ(said.evaluation.eval_scales, std::vector<double>{1});
  EXPECT_EQ(looking({.words = {}, .protocol = "ssc"}).evaluation.eval_protocols, Words{"ssc"});
}

TEST(PredictionKeys, KeptKeysOfOtherProtocolsAreNotSaidToHaveNoEffect) {
  testing::RecordingLog log;
  (void)looking_config({.words = {}, .protocol = "ssc"}, card_of_a_run(), log);
  (void)prediction_config({.words = {"eval_scales=0.5"}, .protocol = "msf"}, log);
  EXPECT_TRUE(log.texts.empty());
}

TEST(PredictionKeys, WholeImagesAreTakenAtTheirOwnSizeWhateverTheRunDid) {
  const Config whole = looking_config({}, card_of_a_run(), silent_log());
  EXPECT_EQ(whole.evaluation.eval_protocols, Words{"ss"});
  EXPECT_FALSE(whole.evaluation.eval_start_shortside);
  const Config said = looking_config({.words = {"eval_start_longside=500"}}, card_of_a_run(), silent_log());
  EXPECT_EQ(said.evaluation.eval_start_longside, 500);
}

}  // namespace
}  // namespace seg
