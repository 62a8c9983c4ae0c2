// SPDX-License-Identifier: Apache-2.0
#include "metrics/confusion_picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "image/lettering.h"

namespace seg {
namespace {

using Pixels = std::vector<std::uint8_t>;
using Colour = std::array<int, 3>;

constexpr std::int64_t kMargin = 8, kGap = 6, kCellHeight = 26, kCellWidth = 56;

// Of the upper left corner of a cell, where no figure is.
Colour color_of(const Image& picture, const std::string& longest_name, std::int64_t label, std::int64_t prediction) {
  const std::int64_t names = text_length(longest_name, 2);
  const std::int64_t y = kMargin + text_height(2) + 3 * kGap + names + label * kCellHeight;
  const std::int64_t x = kMargin + names + kGap + prediction * kCellWidth;
  const auto row = picture.row<std::uint8_t>(y).subspan(static_cast<std::size_t>(3 * x), 3);
  return {row[0], row[1], row[2]};
}

TEST(ConfusionPicture, IsDarkerWhereMoreOfALabelGoes) {
  ConfusionMatrix matrix(3);
  matrix.add(Pixels{0, 0, 0, 0, 1}, Pixels{0, 0, 0, 1, 1}, 255);
  const Image picture = confusion_picture(matrix, {"road", "car"});  // the third one is called "class 2"
  const auto at = [&](std::int64_t label, std::int64_t prediction) {
    return color_of(picture, "class 2", label, prediction);
  };
  EXPECT_EQ(at(0, 2), (Colour{255, 255, 255}));
  EXPECT_EQ(at(1, 1), (Colour{20, 70, 160}));    // all of it is right
  EXPECT_GT(at(0, 0)[0], at(1, 1)[0]);           // three quarters are
  EXPECT_GT(at(0, 1)[0], at(0, 1)[2] + 50);      // a quarter is wrong: red
  EXPECT_EQ(at(2, 0), (Colour{225, 225, 225}));  // nothing is labelled so
  EXPECT_EQ(at(2, 2), at(2, 0));
}

TEST(ConfusionPicture, HoldsFiguresAndNamesOfFewClasses) {
  ConfusionMatrix matrix(2), empty(2);
  matrix.add(Pixels{0, 0, 0, 0, 1}, Pixels{0, 0, 0, 1, 1}, 255);
  const auto dark = [](const Image& picture) {
    std::int64_t pixels = 0;
    for (std::int64_t y = 0; y < picture.height(); ++y) {
      const auto row = picture.row<std::uint8_t>(y);
      for (std::size_t x = 0; x < row.size(); x += 3) pixels += row[x] == 40 && row[x + 1] == 40 ? 1 : 0;
    }
    return pixels;
  };
  EXPECT_GT(dark(confusion_picture(matrix, {})), dark(confusion_picture(empty, {})));
  EXPECT_NE(dark(confusion_picture(empty, {"sky", "car"})), dark(confusion_picture(empty, {"sky", "bus"})));
  // A name without letters is a number; one that is too long is cut.
  EXPECT_EQ(confusion_picture(empty, {"天", "车"}).height(), confusion_picture(empty, {}).height());
  EXPECT_EQ(confusion_picture(empty, {std::string(24, 'a')}).height(),
            confusion_picture(empty, {std::string(500, 'a')}).height());
}

TEST(ConfusionPicture, ATitleStandsAboveAllElse) {
  ConfusionMatrix matrix(3);
  matrix.add(Pixels{0, 1, 2}, Pixels{0, 0, 2}, 255);
  const Image plain = confusion_picture(matrix, {"road"}), titled = confusion_picture(matrix, {"road"}, "mscf");
  const std::int64_t line = text_height(2) + 2 * kGap;
  ASSERT_EQ(titled.height(), plain.height() + line);
  ASSERT_EQ(titled.width(), plain.width());
  for (std::int64_t y = kMargin; y < plain.height(); ++y)
    ASSERT_TRUE(std::ranges::equal(titled.row<std::uint8_t>(y + line), plain.row<std::uint8_t>(y))) << y;

  Image text({.height = text_height(2), .width = text_length("mscf", 2), .channels = 3});
  std::ranges::fill(text.bytes(), std::byte{255});
  draw_text(text, 0, 0, "MSCF", {.color = {40, 40, 40}, .scale = 2});
  for (std::int64_t y = 0; y < text.height(); ++y) {
    const auto drawn = text.row<std::uint8_t>(y);
    const auto row = titled.row<std::uint8_t>(kMargin + y);
    EXPECT_TRUE(std::ranges::equal(drawn, row.subspan(3 * kMargin, drawn.size()))) << y;
  }
  EXPECT_GT(confusion_picture(matrix, {}, std::string(100, 'a')).width(), text_length(std::string(100, 'a'), 2));
}

TEST(ConfusionPicture, OfManyClassesHasSmallCells) {
  const Image picture = confusion_picture(ConfusionMatrix(171), {});
  EXPECT_LT(picture.height(), 171 * 10 + 120);
  EXPECT_LT(picture.width(), 171 * 10 + 120);
  EXPECT_EQ(confusion_picture(ConfusionMatrix(256), {}).channels(), 3);
}

}  // namespace
}  // namespace seg
