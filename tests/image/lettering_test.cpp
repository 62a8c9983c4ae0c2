// SPDX-License-Identifier: Apache-2.0
#include "image/lettering.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace seg {
namespace {

using Rows = std::vector<std::string>;

Image paper(std::int64_t height, std::int64_t width) { return Image({height, width, 3, PixelType::u8}); }

// What is not black is a dot.
Rows drawn(const Image& picture) {
  Rows rows;
  for (std::int64_t y = 0; y < picture.height(); ++y) {
    std::string row;
    const auto values = picture.row<std::uint8_t>(y);
    for (std::size_t x = 0; x < values.size(); x += 3) row += values[x] + values[x + 1] + values[x + 2] > 0 ? '#' : '.';
    rows.push_back(row);
  }
  return rows;
}

Rows drawn(const std::string& text) {
  Image picture = paper(7, text_length(text));
  draw_text(picture, 0, 0, text, {.color = {1, 2, 3}});
  return drawn(picture);
}

TEST(Lettering, DrawsSevenRowsOfFiveDots) {
  EXPECT_EQ(drawn("4i"), (Rows{"...#...###.",  //
                               "..##....#..",  //
                               ".#.#....#..",  //
                               "#..#....#..",  //
                               "#####...#..",  //
                               "...#....#..",  //
                               "...#...###."}));
}

TEST(Lettering, CharactersDifferAndCapitalsAreTheirSmallLetters) {
  const std::string all = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" + std::string(kSigns) + "?";
  std::set<Rows> seen;
  for (const char c : all) seen.insert(drawn(std::string(1, c)));
  EXPECT_EQ(seen.size(), all.size());
  EXPECT_EQ(drawn("road"), drawn("ROAD"));
}

TEST(Lettering, WhatHasNoLettersIsABoxACharacter) {
  EXPECT_EQ(text_length("é"), 5);
  EXPECT_EQ(drawn("é"), drawn("?"));
  EXPECT_TRUE(has_letters_for("traffic light_2 (red)"));
  EXPECT_FALSE(has_letters_for("chauss\u00e9e"));
  EXPECT_FALSE(has_letters_for("a\tb"));
}

TEST(Lettering, DotsAreSquaresOfTheColour) {
  Image picture = paper(30, 40);
  draw_text(picture, 3, 2, "I", {.color = {10, 20, 30}, .scale = 3});
  EXPECT_EQ(text_length("I", 3), 15);
  EXPECT_EQ(text_height(3), 21);
  const Rows rows = drawn(picture);
  EXPECT_EQ(rows[2], std::string(40, '.'));
  for (std::size_t y = 3; y < 6; ++y) EXPECT_EQ(rows[y].substr(0, 17), ".....#########...");
  EXPECT_EQ(rows[6].substr(0, 17), "........###......");
  EXPECT_EQ(picture.row<std::uint8_t>(3)[15], 10);
  EXPECT_EQ(picture.row<std::uint8_t>(3)[17], 30);
}

TEST(Lettering, UprightTextIsTurnedByAQuarter) {
  const std::string text = "F7";
  const Rows level = drawn(text);
  Image picture = paper(text_length(text), 7);
  draw_text(picture, 0, 0, text, {.color = {9, 9, 9}, .is_upright = true});
  const Rows upright = drawn(picture);
  const std::size_t length = level.front().size();
  for (std::size_t along = 0; along < length; ++along)
    for (std::size_t down = 0; down < 7; ++down) EXPECT_EQ(upright[length - 1 - along][down], level[down][along]);
}

TEST(Lettering, IsCutAtTheFrame) {
  Image picture = paper(4, 4);
  draw_text(picture, -2, -3, "HH", {.color = {9, 9, 9}});
  EXPECT_EQ(drawn(picture), (Rows{".#.#", "##.#", ".#.#", ".#.#"}));
}

}  // namespace
}  // namespace seg
