// SPDX-License-Identifier: Apache-2.0
#include "dataset/known_classes.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

const std::vector<ImageAndLabel> kVocPairs = {
    {.image = "JPEGImages/2007_000032.jpg", .label = "SegmentationClass/2007_000032.png", .stem = "2007_000032"}};

LabelGuess guess_of(std::initializer_list<std::size_t> values) {
  std::vector<ValueCount> counts(256);
  for (const std::size_t value : values) counts[value] = {.pixels = 10, .images = 1};
  return guess_labels(counts, "data");
}

LabelGuess guess_of_colors(const std::vector<Rgb>& colors) {
  std::vector<ColorCount> counts;
  for (const Rgb& color : colors) counts.push_back({.color = color, .pixels = 10, .images = 1});
  return guess_color_labels(counts, "data");
}

TEST(KnownClasses, OfCamVidsTutorialAreElevenWithOrWithoutVoid) {
  for (const bool has_void : {true, false}) {
    LabelGuess guess =
        has_void ? guess_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) : guess_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    use_known_classes(LayoutKind::camvid, {}, guess);
    EXPECT_EQ(guess.n_cats, 11);
    EXPECT_EQ(guess.lb_ignore, has_void ? 11 : 255);
    ASSERT_EQ(guess.classes.size(), 11u);
    EXPECT_EQ(guess.classes[0].name, "sky");
    EXPECT_EQ(guess.classes[8].name, "car");
  }
  LabelGuess other = guess_of({0, 1, 2});
  use_known_classes(LayoutKind::camvid, {}, other);
  EXPECT_TRUE(other.classes[0].name.empty());
}

TEST(KnownClasses, OfCamVidsColoursVoidIsListedLastAndIgnored) {
  LabelGuess guess = guess_of_colors({{0, 0, 0}, {64, 0, 128}, {128, 64, 128}});
  use_known_classes(LayoutKind::camvid, {}, guess);
  EXPECT_EQ(guess.n_cats, 2);
  EXPECT_EQ(guess.lb_ignore, 2);
  EXPECT_EQ(guess.label_colors, (std::vector<Color>{{64, 0, 128}, {128, 64, 128}, {0, 0, 0}}));
  ASSERT_EQ(guess.classes.size(), 2u);
  EXPECT_EQ(guess.classes[0].name, "car");
  EXPECT_EQ(guess.classes[1].name, "road");
  EXPECT_DOUBLE_EQ(guess.classes[1].share, 0.5);
}

TEST(KnownClasses, AColourThatCamVidDoesNotHaveLeavesAllUnnamed) {
  LabelGuess guess = guess_of_colors({{0, 0, 0}, {1, 0, 128}, {128, 64, 128}});
  use_known_classes(LayoutKind::camvid, {}, guess);
  EXPECT_EQ(guess.n_cats, 3);
  EXPECT_EQ(guess.lb_ignore, 255);
  for (const GuessedClass& one : guess.classes) EXPECT_TRUE(one.name.empty());
}

TEST(KnownClasses, OfPascalVocAreTwentyOneAlsoIfSomeDoNotOccur) {
  LabelGuess guess = guess_of({0, 1, 2, 3, 4, 5, 6, 255});
  use_known_classes(LayoutKind::voc, kVocPairs, guess);
  EXPECT_EQ(guess.n_cats, 21);
  EXPECT_EQ(guess.lb_ignore, 255);
  ASSERT_EQ(guess.classes.size(), 21u);
  EXPECT_EQ(guess.classes[15].name, "person");
  EXPECT_TRUE(guess.classes[15].source.empty());
}

TEST(KnownClasses, OtherDataInTheFoldersOfPascalVocKeepsItsOwn) {
  for (const std::string stem : {"cat", "2007_00003", "2007-000032", "200a_000032", "3007_000032"}) {
    LabelGuess guess = guess_of({0, 1});
    use_known_classes(LayoutKind::voc, {{.image = "x.jpg", .label = "x.png", .stem = stem}}, guess);
    EXPECT_EQ(guess.n_cats, 2) << stem;
  }
  LabelGuess more = guess_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21});
  use_known_classes(LayoutKind::voc, kVocPairs, more);
  EXPECT_EQ(more.n_cats, 22);
}

}  // namespace
}  // namespace seg
