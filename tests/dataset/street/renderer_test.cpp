// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/renderer.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>

namespace seg::street {
namespace {

struct Drawn {
  Image image;
  LabelMap labels;
};

Drawn draw(const Street& street, const Picture& picture) {
  Drawn drawn;
  Renderer renderer;
  renderer.draw_image(street, picture, drawn.image);
  renderer.draw_labels(street, picture, 255, drawn.labels);
  return drawn;
}

Drawn draw_whole(const Street& street, std::int64_t height, std::int64_t width) {
  return draw(street, {.height = height, .width = width, .window = {0, 0, height, width}});
}

TEST(Renderer, AWindowEqualsThatPartOfTheWholeImage) {
  Renderer reused;
  for (const auto& [height, width] : {std::pair<int, int>{33, 57}, {64, 128}, {48, 40}}) {
    for (const std::uint64_t number : {4U, 6U, 9U}) {
      const Street street = make_street(0, number);
      const Drawn all = draw_whole(street, height, width);
      for (const Window& window : {Window{0, 0, 1, 1}, Window{height - 1, width - 1, 1, 1}, Window{0, 3, height, 5},
                                   Window{7, 0, 9, width}, Window{5, 6, 20, 21}, Window{height - 4, 1, 4, 30}}) {
        Drawn part;
        reused.draw_image(street, {height, width, window}, part.image);
        reused.draw_labels(street, {height, width, window}, 255, part.labels);
        for (std::int64_t y = 0; y < window.height; ++y) {
          const auto pixels =
              all.image.row<std::uint8_t>(window.top + y)
                  .subspan(static_cast<std::size_t>(3 * window.left), static_cast<std::size_t>(3 * window.width));
          const auto labels =
              all.labels.row(window.top + y)
                  .subspan(static_cast<std::size_t>(window.left), static_cast<std::size_t>(window.width));
          ASSERT_TRUE(std::ranges::equal(part.image.row<std::uint8_t>(y), pixels)) << number << " " << window.top;
          ASSERT_TRUE(std::ranges::equal(part.labels.row(y), labels)) << number << " " << window.top;
        }
      }
    }
  }
}

// Each row by itself, which no border between bands divides.
TEST(Renderer, AnImageOfManyBandsIsSeamless) {
  constexpr std::int64_t kHeight = 600, kWidth = 1200;
  const Street street = make_street(0, 6);
  const Drawn all = draw_whole(street, kHeight, kWidth);
  for (std::int64_t y = 0; y < kHeight; ++y) {
    const Drawn row = draw(street, {kHeight, kWidth, {y, 0, 1, kWidth}});
    ASSERT_TRUE(std::ranges::equal(row.image.row<std::uint8_t>(0), all.image.row<std::uint8_t>(y))) << y;
    ASSERT_TRUE(std::ranges::equal(row.labels.row(0), all.labels.row(y))) << y;
  }
}

std::size_t allocated_bytes() {
  const struct mallinfo2 info = ::mallinfo2();  // zeros with a sanitizer
  return info.uordblks + info.hblkhd;
}

TEST(Renderer, WhatItKeepsDoesNotGrowWithTheImage) {
  const std::size_t before = allocated_bytes();
  Renderer renderer;
  {
    Image image;
    LabelMap labels;
    renderer.draw_image(make_street(0, 6), {1024, 2048, {0, 0, 1024, 2048}}, image);
    renderer.draw_labels(make_street(0, 6), {1024, 2048, {0, 0, 1024, 2048}}, 255, labels);
  }
  EXPECT_LT(allocated_bytes(), before + 6'000'000);
}

// A road, the sky, and nothing else.
Street empty_street() {
  Street street = make_street(0, 1);
  street.panels.clear();
  street.stains.clear();
  street.shadows.clear();
  street.bonnet = false;
  street.noise = 0;
  street.camera = {.height = 1.5F, .horizon = 0.5F, .focal = 1};
  street.road = {.half_width = 5, .asphalt = {90, 90, 90}, .paving = {150, 150, 150}};
  return street;
}

Panel board(Material material, float x, float z, float width, float height) {
  Panel panel;
  panel.material = material;
  panel.xa = x - width / 2;
  panel.xb = x + width / 2;
  panel.za = panel.zb = z;
  panel.top = height;
  panel.light = {1, 1, 1};
  panel.main = {200, 20, 20};
  return panel;
}

int label_at(const Drawn& drawn, std::int64_t y, std::int64_t x) {
  return drawn.labels.row(y)[static_cast<std::size_t>(x)];
}

TEST(Renderer, TheHorizonDividesSkyAndGround) {
  const Drawn drawn = draw_whole(empty_street(), 100, 200);
  EXPECT_EQ(label_at(drawn, 49, 100), static_cast<int>(Class::sky));
  EXPECT_EQ(label_at(drawn, 50, 100), static_cast<int>(Class::road));
  EXPECT_EQ(label_at(drawn, 99, 100), static_cast<int>(Class::road));
  EXPECT_EQ(label_at(drawn, 60, 0), static_cast<int>(Class::pavement));
}

TEST(Renderer, ThingsStandWherePerspectivePutsThem) {
  Street street = empty_street();
  // 3 m tall and 2 m wide, at 10 m, 2 m to the right: 1 m there is 10 of 100 rows.
  street.panels.push_back(board(Material::planks, 2, 10, 2, 3));
  const Drawn drawn = draw_whole(street, 100, 200);
  const int fence = static_cast<int>(Class::fence);
  EXPECT_EQ(label_at(drawn, 64, 120), fence);
  EXPECT_NE(label_at(drawn, 66, 120), fence);  // its foot is at row 65
  EXPECT_EQ(label_at(drawn, 37, 120), fence);
  EXPECT_NE(label_at(drawn, 33, 120), fence);  // its top at row 35
  EXPECT_EQ(label_at(drawn, 50, 111), fence);
  EXPECT_EQ(label_at(drawn, 50, 128), fence);
  EXPECT_NE(label_at(drawn, 50, 108), fence);
  EXPECT_NE(label_at(drawn, 50, 131), fence);
}

TEST(Renderer, NearThingsHideFarOnesWhateverTheOrder) {
  const Panel near = board(Material::planks, 0, 8, 2, 2), far = board(Material::bin, 0, 12, 6, 2);
  for (const bool near_first : {true, false}) {
    Street street = empty_street();
    street.panels = near_first ? std::vector<Panel>{near, far} : std::vector<Panel>{far, near};
    const Drawn drawn = draw_whole(street, 100, 200);
    EXPECT_EQ(label_at(drawn, 55, 100), static_cast<int>(Class::fence));
    EXPECT_EQ(label_at(drawn, 55, 114), 255);  // of no class
  }
}

TEST(Renderer, BetweenTheBarsOfARailingOneSeesWhatIsBehindButItCounts) {
  Street street = empty_street();
  const Drawn without = draw_whole(street, 100, 200);
  street.panels.push_back(board(Material::railing, 0, 5, 6, 2.4F));
  const Drawn with = draw_whole(street, 100, 200);
  int same = 0, different = 0;
  for (std::int64_t x = 60; x < 140; ++x) {
    EXPECT_EQ(label_at(with, 45, x), static_cast<int>(Class::fence));
    const auto at = static_cast<std::size_t>(3 * x);
    const bool is_sky = with.image.row<std::uint8_t>(45)[at] == without.image.row<std::uint8_t>(45)[at];
    (is_sky ? same : different)++;
  }
  EXPECT_GT(same, 5);
  EXPECT_GT(different, 5);
  street.panels.push_back(board(Material::bin, 0, 3, 1, 2));  // before the railing
  EXPECT_EQ(label_at(draw_whole(street, 100, 200), 55, 100), 255);
}

TEST(Renderer, TheBonnetIsOfNoClass) {
  Street street = empty_street();
  street.bonnet = true;
  const Drawn drawn = draw_whole(street, 100, 200);
  EXPECT_EQ(label_at(drawn, 99, 100), 255);
  EXPECT_EQ(label_at(drawn, 80, 100), static_cast<int>(Class::road));
}

TEST(Renderer, LargerImagesShowTheSameStreet) {
  const Street street = make_street(0, 8);
  const Drawn small = draw_whole(street, 40, 80), large = draw_whole(street, 120, 240);
  int same = 0;
  for (std::int64_t y = 0; y < 40; ++y)
    for (std::int64_t x = 0; x < 80; ++x)
      same += label_at(small, y, x) == label_at(large, 3 * y + 1, 3 * x + 1) ? 1 : 0;
  EXPECT_GT(same, 40 * 80 * 97 / 100);
}

}  // namespace
}  // namespace seg::street
