// SPDX-License-Identifier: Apache-2.0
#include "training/foreign_card.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace seg {
namespace {

using Words = std::vector<std::string>;

ModelCard card_of(const Words& words) {
  return foreign_card(load_config({.file = std::nullopt, .overrides = words, .purpose = Purpose::show}, silent_log()),
                      "w.pth");
}

Problem refusal(const Words& words) {
  try {
    (void)card_of(words);
  } catch (const UserError& error) {
    return error.problems().front();
  }
  ADD_FAILURE();
  return {};
}

const Words kNumbers = {"mean=0.1,0.2,0.3", "std=0.4,0.5,0.6"};
Words with_numbers(const Words& words) {
  Words all = kNumbers;
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

TEST(ForeignCard, HoldsWhatWasSaid) {
  const ModelCard card =
      card_of(with_numbers({"model_type=bisenetv1", "n_cats=3", "class_names=a,b,c", "lb_ignore=9"}));
  EXPECT_EQ(card.model, "bisenetv1");
  EXPECT_EQ(card.num_classes, 3);
  EXPECT_EQ(card.in_channels, 3);
  EXPECT_EQ(card.mean, (std::vector<double>{0.1, 0.2, 0.3}));
  EXPECT_EQ(card.std, (std::vector<double>{0.4, 0.5, 0.6}));
  EXPECT_EQ(card.class_names, (Words{"a", "b", "c"}));
  EXPECT_EQ(card.ignore_label, 9);
  EXPECT_EQ(card.palette.size(), 3U);
  EXPECT_TRUE(card.label_values.empty());  // nobody said
}

TEST(ForeignCard, AKindOfDataSetStandsForItsClasses) {
  const ModelCard card = card_of(with_numbers({"model_type=bisenetv2", "dataset=CityScapes"}));
  EXPECT_EQ(card.num_classes, 19);
  EXPECT_EQ(card.class_names.at(13), "car");
  EXPECT_EQ(card.palette.at(0), (Rgb{128, 64, 128}));
  EXPECT_EQ(card.label_values.at(0), std::vector<std::int64_t>{7});
  EXPECT_TRUE(card_of(with_numbers({"model_type=bisenetv2", "dataset=CityScapes", "n_cats=4"})).class_names.empty());
}

TEST(ForeignCard, AutoSaysNothing) {
  for (const char* word : {"n_cats=auto", "mean=auto", "std=auto"}) {
    Words words = with_numbers({"model_type=bisenetv2", "n_cats=3"});
    words.emplace_back(word);  // the last of a key counts
    const std::string what = refusal(words).what, key(word, std::string_view(word).find('='));
    EXPECT_TRUE(what.ends_with("not said: " + key)) << what;
  }
}

TEST(ForeignCard, EverythingThatIsMissingIsNamedAtOnce) {
  const Problem problem = refusal({"n_cats=3"});
  EXPECT_EQ(problem.where, "w.pth");
  EXPECT_NE(problem.what.find("model_type, mean, std"), std::string::npos);
  EXPECT_EQ(problem.what.find("n_cats"), std::string::npos);
  EXPECT_NE(problem.remedy.find("model_type=bisenetv2 mean="), std::string::npos);
}

TEST(ForeignCard, ContradictionsAreRefused) {
  EXPECT_EQ(refusal({"model_type=bisenetv2", "n_cats=3", "mean=0.5", "std=0.5,0.5"}).what,
            "std has 2 channels, mean has 1");
  EXPECT_THROW((void)card_of(with_numbers({"model_type=unknown", "n_cats=3"})), UserError);
}

}  // namespace
}  // namespace seg
