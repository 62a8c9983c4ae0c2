// SPDX-License-Identifier: Apache-2.0
#include "training/model_card.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "config/evaluation.h"
#include "evaluation/single_scale.h"

namespace seg {
namespace {

ModelCard example() {
  return {.model = "bisenetv2",
          .num_classes = 2,
          .in_channels = 3,
          .dropout = 0.25,
          .pixels = PixelType::u16,
          .mean = {0.1, 0.2, 0.3},
          .std = {0.4, 0.5, 0.6},
          .resizes = true,
          .align_corners = true,
          .ignore_label = 255,
          .class_names = {"road", "Straße"},
          .palette = {{1, 2, 3}, {250, 0, 9}},
          .label_values = {{7}, {8, 9}},
          .config = "n_cats = 2\n",
          .version = "0.1.0"};
}

TEST(ModelCard, ReadsBackWhatItWrote) {
  const ModelCard card = example();
  const ModelCard read = model_card_from_json(to_json_text(card), "w.safetensors");
  EXPECT_EQ(read.model, card.model);
  EXPECT_EQ(read.num_classes, card.num_classes);
  EXPECT_EQ(read.dropout, card.dropout);
  EXPECT_EQ(read.pixels, card.pixels);
  EXPECT_EQ(read.mean, card.mean);
  EXPECT_EQ(read.std, card.std);
  EXPECT_TRUE(read.resizes);
  EXPECT_TRUE(read.align_corners);
  EXPECT_EQ(read.class_names, card.class_names);
  EXPECT_EQ(read.palette, card.palette);
  EXPECT_EQ(read.label_values, card.label_values);
  EXPECT_EQ(read.config, card.config);
}

TEST(ModelCard, AnAbsentDropoutStaysAbsent) {
  ModelCard card = example();
  card.dropout.reset();
  EXPECT_FALSE(model_card_from_json(to_json_text(card), "w").dropout.has_value());
}

TEST(ModelCard, AnOlderFileDoesNotSayWhatStoodForAClass) {
  std::string text = to_json_text(example());
  const std::string member = R"("label_values":[[7],[8,9]],)";
  ASSERT_NE(text.find(member), std::string::npos);
  text.erase(text.find(member), member.size());
  EXPECT_TRUE(model_card_from_json(text, "w").label_values.empty());
}

TEST(ModelCard, AnOlderFileWasEvaluatedByTheUsualRules) {
  std::string text = to_json_text(example());
  for (const std::string member : {R"("eval_pad":"resize",)", R"("eval_resize":"align_corners",)"}) {
    ASSERT_NE(text.find(member), std::string::npos) << text;
    text.erase(text.find(member), member.size());
  }
  const ModelCard read = model_card_from_json(text, "w");
  EXPECT_FALSE(read.resizes);
  EXPECT_FALSE(read.align_corners);
}

TEST(ModelCard, ARuleThatIsNoneIsRefused) {
  for (const std::string value : {R"("stretch")", "3", "null"}) {
    std::string text = to_json_text(example());
    const std::string usual = R"("eval_pad":"resize")";
    text.replace(text.find(usual), usual.size(), R"("eval_pad":)" + value);
    EXPECT_THROW((void)model_card_from_json(text, "w"), UserError) << value;
  }
}

TEST(ModelCard, TheRulesOfTheKeysSayHowImagesAreFitted) {
  ModelCard card = example();
  set_image_fit(card, {});
  EXPECT_FALSE(single_scale_options(card).resizes);
  EvaluationConfig rules;
  rules.eval_pad = "resize";
  set_image_fit(card, rules);
  EXPECT_TRUE(single_scale_options(card).resizes);
  EXPECT_FALSE(single_scale_options(card).align_corners);
  rules.eval_resize = "align_corners";
  set_image_fit(card, rules);
  EXPECT_TRUE(single_scale_options(card).align_corners);
}

TEST(ModelCard, ImagesArePaddedWithTheMeanInPixelUnits) {
  ModelCard card = example();
  card.mean = {0.2, 0.4, 1};
  EXPECT_EQ(single_scale_options(card).padding[2], 65535);
  card.pixels = PixelType::u8;
  EXPECT_EQ(single_scale_options(card).padding, (std::vector<double>{51, 102, 255}));
  EXPECT_EQ(single_scale_options(card).size_divisor, find_model("bisenetv2").size_divisor);
}

TEST(ModelCard, WhatIsNoCardIsRefusedByName) {
  for (const std::string text : {"", "{}", "[1]", R"({"model": 3})"}) {
    try {
      (void)model_card_from_json(text, "bad.safetensors");
      ADD_FAILURE() << text;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().front().where, "bad.safetensors");
    }
  }
}

TEST(ModelCard, ContradictionsAreRefused) {
  ModelCard card = example();
  card.mean = {0.5};
  EXPECT_THROW((void)model_card_from_json(to_json_text(card), "w"), UserError);
  card = example();
  card.std[1] = 0;
  EXPECT_THROW((void)model_card_from_json(to_json_text(card), "w"), UserError);
  card = example();
  card.label_values = {{7}};
  EXPECT_THROW((void)model_card_from_json(to_json_text(card), "w"), UserError);
  card.label_values = {{7}, {256}};
  EXPECT_THROW((void)model_card_from_json(to_json_text(card), "w"), UserError);
  card = example();
  card.num_classes = 1'000'000;
  EXPECT_THROW((void)model_card_from_json(to_json_text(card), "w"), UserError);
}

TEST(ModelCard, WeightsForOtherDataAreRefusedWithAllThatDiffers) {
  ModelCard data = example();
  EXPECT_NO_THROW(check_serves(example(), data, "w"));
  data.num_classes = 19;
  data.in_channels = 4;
  data.pixels = PixelType::u8;
  try {
    check_serves(example(), data, "w.safetensors");
    ADD_FAILURE();
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 3U);
    EXPECT_EQ(error.problems()[0].where, "w.safetensors");
    EXPECT_EQ(error.problems()[0].what, "was trained for 2 classes, the data has 19");
    EXPECT_EQ(error.problems()[1].what, "was trained for 3 channels, the data has 4");
    EXPECT_EQ(error.problems()[2].what, "was trained for 16 bits a value, the data has 8");
  }
}

TEST(ModelCard, APointHeadIsKeptAndRefinesInEvaluation) {
  ModelCard card = example();
  EXPECT_FALSE(model_card_from_json(to_json_text(card), "w").point_head.has_value());
  for (const std::optional<std::int64_t> points : {std::optional<std::int64_t>{}, std::optional<std::int64_t>{70}}) {
    card.point_head = {.padding = PointPadding::zeros, .refinement = {.steps = 3, .points = points}};
    const ModelCard read = model_card_from_json(to_json_text(card), "w");
    ASSERT_TRUE(read.point_head.has_value());
    EXPECT_EQ(read.point_head->padding, PointPadding::zeros);
    EXPECT_EQ(read.point_head->refinement.steps, 3);
    EXPECT_EQ(read.point_head->refinement.points, points);
  }
  const Graph graph = evaluation_graph(card, {}, false);
  ASSERT_EQ(graph.outputs.size(), 1U);
  EXPECT_EQ(graph.outputs.front().upsample.factor, 1);
}

TEST(ModelCard, APointHeadThatRefinesNothingIsRefused) {
  ModelCard card = example();
  for (const Refinement& refinement : {Refinement{.steps = 4}, Refinement{.steps = -1}, Refinement{.points = 0}}) {
    card.point_head = {.refinement = refinement};
    EXPECT_THROW((void)model_card_from_json(to_json_text(card), "w"), UserError);
  }
}

TEST(ModelCard, WeightsWithoutThePointHeadThatIsAskedForAreRefused) {
  ModelCard data = example();
  data.point_head = PointHead{};
  EXPECT_THROW(check_serves(example(), data, "w"), UserError);
  ModelCard weights = example();
  weights.point_head = PointHead{};
  EXPECT_NO_THROW(check_serves(weights, example(), "w"));
  EXPECT_NO_THROW(check_serves(weights, data, "w"));
}

TEST(ModelCard, TheEvaluationGraphTakesPixelsAndGivesOneOutput) {
  ModelCard card = example();
  const Graph graph = evaluation_graph(card, {}, false);
  ASSERT_EQ(graph.outputs.size(), 1U);
  EXPECT_EQ(graph.outputs.front().role, OutputRole::main);
  EXPECT_EQ(normalization_of(card).pixels, NumberType::word);
  EXPECT_DOUBLE_EQ(normalization_of(card).scale, 1.0 / 65535);
}

TEST(ModelCard, AnUnknownNetworkIsRefused) {
  ModelCard card = example();
  card.model = "bisenetv9";
  EXPECT_THROW((void)graph_of(card), UserError);
}

}  // namespace
}  // namespace seg
