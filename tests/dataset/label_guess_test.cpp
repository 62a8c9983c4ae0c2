// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_guess.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace seg {
namespace {

using Pixels = std::map<int, std::int64_t>;

LabelGuess guess(const Pixels& pixels) {
  std::vector<ValueCount> values(256);
  for (const auto& [value, count] : pixels) values[static_cast<std::size_t>(value)] = {.pixels = count, .images = 1};
  return guess_labels(values, "data");
}

Pixels values(int first, int last) {
  Pixels pixels;
  for (int value = first; value <= last; ++value) pixels[value] = 100;
  return pixels;
}

TEST(LabelGuessOf, MasksOfZeroAnd255AreTwoClasses) {
  const LabelGuess found = guess({{0, 300}, {255, 100}});
  EXPECT_EQ(found.n_cats, 2);
  EXPECT_EQ(found.label_map, (LabelTable{{0, 0}, {255, 1}}));
  EXPECT_EQ(found.lb_ignore, 255);
  ASSERT_EQ(found.classes.size(), 2u);
  EXPECT_EQ(found.classes[1].source, "255");
  EXPECT_DOUBLE_EQ(found.classes[1].share, 0.25);
  EXPECT_EQ(found.ignored_share, 0);
}

TEST(LabelGuessOf, MasksOfZeroAndOneNeedNoMap) {
  const LabelGuess found = guess({{0, 300}, {1, 100}});
  EXPECT_EQ(found.n_cats, 2);
  EXPECT_FALSE(found.label_map);
}

TEST(LabelGuessOf, MasksOfOtherTwoValuesAreMapped) {
  EXPECT_EQ(guess({{0, 1}, {128, 1}}).label_map, (LabelTable{{0, 0}, {128, 1}}));
  EXPECT_EQ(guess({{0, 1}, {2, 1}}).label_map, (LabelTable{{0, 0}, {2, 1}}));
  EXPECT_EQ(guess({{1, 1}, {2, 1}}).label_map, (LabelTable{{1, 0}, {2, 1}}));
}

TEST(LabelGuessOf, Among255OthersItMeansDoNotCare) {
  const LabelGuess found = guess({{0, 10}, {1, 10}, {2, 20}, {255, 40}});
  EXPECT_EQ(found.n_cats, 3);
  EXPECT_FALSE(found.label_map);
  EXPECT_EQ(found.lb_ignore, 255);
  EXPECT_DOUBLE_EQ(found.ignored_share, 0.5);
  EXPECT_DOUBLE_EQ(found.classes[2].share, 0.5);
  EXPECT_EQ(guess({{0, 1}, {1, 1}, {255, 1}}).n_cats, 2);
}

TEST(LabelGuessOf, AFewMissingValuesAreClassesWithoutPixels) {
  Pixels pixels = values(0, 18);
  pixels.erase(7);
  const LabelGuess found = guess(pixels);
  EXPECT_EQ(found.n_cats, 19);
  EXPECT_FALSE(found.label_map);
  EXPECT_EQ(found.classes[7].share, 0);
  EXPECT_NE(found.n_cats_reason.find("1 below it"), std::string::npos);
}

TEST(LabelGuessOf, BigGapsAreMappedAway) {
  EXPECT_EQ(guess({{0, 1}, {50, 1}, {100, 1}, {255, 1}}).label_map, (LabelTable{{0, 0}, {50, 1}, {100, 2}}));
  const LabelGuess from_one = guess(values(1, 12));
  EXPECT_EQ(from_one.n_cats, 12);
  EXPECT_EQ(from_one.label_map->at(1), 0);
  EXPECT_EQ(from_one.label_map->at(12), 11);
}

TEST(LabelGuessOf, AMasksBlendedEdgeIsIgnored) {
  Pixels pixels = values(1, 254);
  for (auto& [value, count] : pixels) count = 1;
  pixels[0] = 9000;
  pixels[255] = 1000;
  const LabelGuess found = guess(pixels);
  EXPECT_EQ(found.n_cats, 2);
  EXPECT_EQ(found.label_map, (LabelTable{{0, 0}, {255, 1}}));
  EXPECT_NEAR(found.ignored_share, 254.0 / 10254, 1e-12);
}

TEST(LabelGuessOf, AllValuesAreAsManyClasses) {
  EXPECT_EQ(guess(values(0, 255)).n_cats, 255);
  EXPECT_EQ(guess(values(0, 254)).n_cats, 255);
}

TEST(LabelGuessOf, OneClassAloneIsRefused) {
  for (const Pixels& pixels : {Pixels{{0, 5}}, Pixels{{255, 5}}, Pixels{{3, 5}, {255, 5}}, Pixels{}}) try {
      guess(pixels);
      FAIL();
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems()[0].where, "data");
      EXPECT_NE(error.problems()[0].what.find("nothing can be learned"), std::string::npos);
    }
}

TEST(LabelGuessOf, WhatItSaysOfAnyValuesIsConsistent) {
  for (int first = 0; first < 256; first += 5)
    for (int step = 1; step < 60; ++step) {
      Pixels pixels;
      for (int value = first; value < 256; value += step) pixels[value] = 10;
      std::vector<ValueCount> counts(256);
      for (const auto& [value, count] : pixels) counts[static_cast<std::size_t>(value)].pixels = count;
      try {
        const LabelGuess found = guess_labels(counts, "data");
        ASSERT_GE(found.n_cats, 2);
        ASSERT_LE(found.n_cats, 255);
        ASSERT_EQ(found.classes.size(), static_cast<std::size_t>(found.n_cats));
        double shares = 0;
        for (const GuessedClass& one : found.classes) shares += one.share;
        ASSERT_NEAR(shares, 1, 1e-9);
        for (const auto& [from, to] : found.label_map.value_or(LabelTable{})) ASSERT_LT(to, found.n_cats) << from;
      } catch (const UserError&) {
        ASSERT_LE(pixels.size(), 2u);
      }
    }
}

// Three values of a data set: 7 is road, 11 is building, 4 is nothing; no file holds others.
LabelScheme streets() {
  static constexpr std::string_view kNames[] = {"road", "building"};
  LabelScheme scheme{.name = "streets", .classes = {}, .class_names = kNames, .palette = {}, .remedy = ""};
  scheme.classes.fill(kUnknownValue);
  scheme.classes[4] = kIgnoredValue;
  scheme.classes[7] = 0;
  scheme.classes[11] = 1;
  return scheme;
}

std::optional<LabelGuess> known(const Pixels& pixels, bool are_classes) {
  std::vector<ValueCount> values(256);
  for (const auto& [value, count] : pixels) values[static_cast<std::size_t>(value)].pixels = count;
  return known_labels(values, streets(), are_classes);
}

TEST(LabelGuessOf, KnownValuesBecomeTheClassesOfTheirDataSet) {
  const auto found = known({{4, 50}, {7, 10}, {11, 40}}, false);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->n_cats, 2);
  EXPECT_FALSE(found->label_map);
  EXPECT_DOUBLE_EQ(found->ignored_share, 0.5);
  EXPECT_EQ(found->classes[1].name, "building");
  EXPECT_EQ(found->classes[1].source, "11");
  EXPECT_DOUBLE_EQ(found->classes[1].share, 0.8);
  EXPECT_EQ(known({{7, 10}}, false)->classes[1].source, "");
  EXPECT_FALSE(known({{7, 10}, {8, 1}}, false));
}

TEST(LabelGuessOf, FilesMayHoldTheClassesThemselves) {
  const auto found = known({{0, 50}, {1, 25}, {255, 25}}, true);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->classes[0].source, "0");
  EXPECT_DOUBLE_EQ(found->ignored_share, 0.25);
  EXPECT_FALSE(known({{2, 1}}, true));
  EXPECT_FALSE(known({{7, 1}}, true));
}

TEST(LabelGuessOf, TheLastClassMayBeNone) {
  LabelGuess found = guess({{0, 10}, {1, 30}, {2, 60}});
  ignore_last_class(found);
  EXPECT_EQ(found.n_cats, 2);
  EXPECT_EQ(found.lb_ignore, 2);
  EXPECT_DOUBLE_EQ(found.ignored_share, 0.6);
  ASSERT_EQ(found.classes.size(), 2u);
  EXPECT_DOUBLE_EQ(found.classes[1].share, 0.75);
}

TEST(LabelGuessOf, ColoursAreClassesInOrder) {
  const ColorCount colors[] = {{.color = {0, 0, 0}, .pixels = 30}, {.color = {255, 0, 9}, .pixels = 10}};
  const LabelGuess found = guess_color_labels(colors, "data");
  EXPECT_EQ(found.n_cats, 2);
  EXPECT_EQ(found.label_colors, (std::vector<Color>{{0, 0, 0}, {255, 0, 9}}));
  EXPECT_EQ(found.classes[1].source, "[255, 0, 9]");
  EXPECT_DOUBLE_EQ(found.classes[1].share, 0.25);
}

TEST(LabelGuessOf, TooManyColoursAndOneAreRefused) {
  EXPECT_THROW(guess_color_labels(std::vector<ColorCount>(257), "data"), UserError);
  EXPECT_THROW(guess_color_labels(std::vector<ColorCount>(1), "data"), UserError);
  EXPECT_THROW(guess_color_labels({}, "data"), UserError);
}

}  // namespace
}  // namespace seg
