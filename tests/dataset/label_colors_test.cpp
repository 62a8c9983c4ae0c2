// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_colors.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"

namespace seg {
namespace {

Image image_of(std::int64_t width, std::int64_t channels, const std::vector<int>& values) {
  Image image({static_cast<std::int64_t>(values.size()) / width / channels, width, channels, PixelType::u8});
  for (std::size_t i = 0; i < values.size(); ++i) image.bytes()[i] = static_cast<std::byte>(values[i]);
  return image;
}

const std::vector<Color> kColors = {{128, 0, 0}, {0, 0, 0}, {0, 128, 255}, {9, 9, 9}};

Problem problem_of(const Image& image) {
  LabelMap labels;
  try {
    LabelColors(kColors).classify(image, "label.png", labels);
  } catch (const UserError& error) {
    return error.problems().at(0);
  }
  return {};
}

TEST(LabelColors, EachColourIsTheClassOfItsPlace) {
  LabelMap labels;
  LabelColors(kColors).classify(image_of(2, 3, {0, 128, 255, 0, 128, 255, 9, 9, 9, 128, 0, 0}), "label.png", labels);
  EXPECT_EQ(std::vector<int>(labels.values().begin(), labels.values().end()), (std::vector<int>{2, 2, 3, 0}));
  LabelColors(kColors).classify(image_of(3, 1, {9, 0, 9}), "label.png", labels);
  EXPECT_EQ(std::vector<int>(labels.values().begin(), labels.values().end()), (std::vector<int>{3, 1, 3}));
  EXPECT_TRUE(LabelColors({}).empty());
}

TEST(LabelColors, AgreeWithASearchThroughAllColours) {
  Random random(3, RandomStream::synthetic, 5);
  std::vector<Color> colors;
  while (colors.size() < 256) {
    const Color color = {static_cast<std::uint8_t>(random.below(7) * 40),
                         static_cast<std::uint8_t>(random.below(7) * 40),
                         static_cast<std::uint8_t>(random.below(7) * 40)};
    if (std::ranges::find(colors, color) == colors.end()) colors.push_back(color);
  }
  std::vector<int> values, expected;
  for (int i = 0; i < 3000; ++i) {
    const auto k = random.below(256);
    for (const std::uint8_t value : colors[k]) values.push_back(value);
    expected.push_back(static_cast<int>(k));
  }
  LabelMap labels;
  LabelColors(colors).classify(image_of(60, 3, values), "label.png", labels);
  EXPECT_EQ(std::vector<int>(labels.values().begin(), labels.values().end()), expected);
}

TEST(LabelColors, AnUnknownColourIsNamedWithFilePixelAndCount) {
  const Problem one = problem_of(image_of(2, 3, {0, 0, 0, 9, 9, 9, 9, 9, 8, 0, 0, 0}));
  EXPECT_EQ(one.where, "label.png");
  EXPECT_EQ(one.what, "colour [9, 9, 8] in 1 pixel, at row 1, column 0, is none of label_colors");
  EXPECT_TRUE(one.remedy.starts_with("add it to label_colors"));
  const Problem more = problem_of(image_of(4, 3, {0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2}));
  EXPECT_EQ(
      more.what,
      "colour [2, 2, 2] in 2 pixels, the first at row 0, column 2, is none of label_colors; beside it 1 other colour "
      "of this file");
  EXPECT_NE(problem_of(image_of(1, 1, {200})).what.find("[200, 200, 200]"), std::string::npos);
}

TEST(LabelColors, TellsWhyColoursMayBeUnknown) {
  EXPECT_NE(problem_of(image_of(1, 3, {0, 0, 128})).remedy.find("[red, green, blue]: now it holds [128, 0, 0]"),
            std::string::npos);
  std::vector<int> smooth;
  for (int i = 0; i < 20; ++i) smooth.insert(smooth.end(), {128 - i, 0, 0});
  EXPECT_NE(problem_of(image_of(20, 3, smooth)).remedy.find("without smoothing"), std::string::npos);
  EXPECT_NE(problem_of(Image({1, 1, 3, PixelType::u16})).what.find("16 bits"), std::string::npos);
  EXPECT_EQ(problem_of(Image({1, 1, 2, PixelType::u8})).what,
            "the label has 2 channels, but label_colors are red, green, blue");
}

}  // namespace
}  // namespace seg
