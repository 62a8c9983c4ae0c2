// SPDX-License-Identifier: Apache-2.0
// The maps and points themselves: distance_map_test.cpp and point_choice_test.cpp.
#include "evaluation/boundary_picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "image/color_map.h"
#include "tests/evaluation/tiny_segmenter.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::TinySegmenter;

constexpr std::int64_t kGutter = SheetStyle().gutter, kHeight = 24, kWidth = 40;
constexpr std::int64_t kHead = 7 + 2 * 3;           // of a caption
constexpr std::int64_t kCell = 22 * 6 - 1 + 2 * 3;  // as wide as "points near boundaries", which no image here is
constexpr Rgb kNear{255, 221, 0}, kUniform{0, 190, 255};

class BoundaryPicture : public ::testing::Test {
 protected:
  Image draw(bool has_head, const BoundaryPictureOptions& options = {}, std::vector<std::size_t> images = {1}) {
    return boundary_picture(data_, coarse_.single_scale(), has_head ? &refined_.single_scale() : nullptr, palette_,
                            images, options);
  }

  static Rgb color_at(const Image& picture, std::int64_t y, std::int64_t x) {
    const auto row = picture.row<std::uint8_t>(y).subspan(static_cast<std::size_t>(3 * x));
    return {row[0], row[1], row[2]};
  }
  // A pixel of a panel, below its caption.
  static Rgb at(const Image& picture, std::int64_t panel, std::int64_t y, std::int64_t x) {
    const std::int64_t top = kGutter + panel / 3 * (kHead + kHeight + kGutter) + kHead;
    return color_at(picture, top + y, kGutter + panel % 3 * (kCell + kGutter) + x);
  }
  static void expect_panel(const Image& picture, std::int64_t panel, const Image& expected) {
    for (std::int64_t y = 0; y < kHeight; ++y)
      for (std::int64_t x = 0; x < kWidth; ++x)
        ASSERT_EQ(at(picture, panel, y, x), color_at(expected, y, x)) << "panel " << panel << ": " << y << ", " << x;
  }

  LabelMap label_of(std::size_t index) const {
    LabelMap label(kHeight, kWidth);
    for (std::int64_t y = 0; y < kHeight; ++y)
      for (std::int64_t x = 0; x < kWidth; ++x)
        label.row(y)[static_cast<std::size_t>(x)] = FakeDataset::label_at(index, y, x);
    return label;
  }
  Image image_of(std::size_t index) const {
    EncodedSample encoded;
    Image image;
    data_.fetch(index, encoded);
    data_.decode_image(index, encoded, whole(encoded.layout), image);
    return image;
  }
  LabelMap prediction(TinySegmenter& network, std::size_t index) const {
    LabelMap classes(kHeight, kWidth);
    std::ranges::copy(network.classes(image_of(index)), classes.values().begin());
    return classes;
  }
  Image over_image(const LabelMap& classes, std::size_t index) const {
    return overlay(image_of(index), classes, palette_, {.alpha = 200, .ignore_label = 255});
  }

  TinySegmenter coarse_{{.num_classes = 20}}, refined_{{.num_classes = 20}};
  FakeDataset data_{{.size = 3, .height = kHeight, .width = kWidth, .sizes_differ = false}};
  std::vector<Rgb> palette_ = default_palette(20);
};

TEST_F(BoundaryPicture, ShowsImageLabelAndBothPredictions) {
  refined_.parameters().initialise(5);
  const Image picture = draw(true);
  EXPECT_EQ(picture.width(), 3 * kCell + 4 * kGutter);
  EXPECT_EQ(picture.height(), 2 * (kHead + kHeight) + 3 * kGutter);
  expect_panel(picture, 0, image_of(1));
  expect_panel(picture, 1, over_image(label_of(1), 1));
  expect_panel(picture, 3, over_image(prediction(coarse_, 1), 1));
  expect_panel(picture, 4, over_image(prediction(refined_, 1), 1));
}

TEST_F(BoundaryPicture, CaptionsAreWholeBesideNarrowImages) {
  const Image picture = draw(true);
  const auto written_until = [&](std::int64_t panel) {
    std::int64_t last = 0;
    for (std::int64_t y = -kHead; y < 0; ++y)
      for (std::int64_t x = 0; x < kCell; ++x)
        if (at(picture, panel, y, x) == Rgb{235, 235, 235}) last = std::max(last, x);
    return last;
  };
  EXPECT_EQ(written_until(0), 3 + 5 * 6 - 2) << "image";
  EXPECT_EQ(written_until(5), kCell - 3 - 1) << "points near boundaries";
}

TEST_F(BoundaryPicture, DistancesAreBrightOnBoundariesAndBlackFromTheRadiusOn) {
  const LabelMap label = label_of(1);
  const Image picture = draw(true, {.radius = 2});
  std::set<int> levels;
  for (std::int64_t y = 0; y < kHeight; ++y)
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const int level = at(picture, 2, y, x).r;
      levels.insert(level);
      const auto differs = [&](std::int64_t row, std::int64_t column) {
        if (row < 0 || column < 0 || row >= kHeight || column >= kWidth) return false;
        const std::uint8_t other = label.row(row)[static_cast<std::size_t>(column)];
        return other != 255 && other != label.row(y)[static_cast<std::size_t>(x)];
      };
      const bool is_boundary = label.row(y)[static_cast<std::size_t>(x)] != 255 &&
                               (differs(y - 1, x) || differs(y + 1, x) || differs(y, x - 1) || differs(y, x + 1));
      ASSERT_EQ(level == 255, is_boundary) << y << ", " << x;
    }
  EXPECT_TRUE(levels.contains(255 - 255 * 8 / 16)) << "a pixel beside a boundary";
}

TEST_F(BoundaryPicture, PointsNearBoundariesAndOthersHaveTheirColours) {
  const BoundaryPictureOptions options{.points = {.count = 40, .boundary_share = 0.5, .sigma = 1}, .seed = 3};
  const Image picture = draw(true, options);
  std::int64_t near = 0, uniform = 0;
  for (std::int64_t y = 0; y < kHeight; ++y)
    for (std::int64_t x = 0; x < kWidth; ++x) {
      near += at(picture, 5, y, x) == kNear ? 1 : 0;
      uniform += at(picture, 5, y, x) == kUniform ? 1 : 0;
    }
  EXPECT_GT(near, 10);
  EXPECT_LE(near, 20);
  EXPECT_GT(uniform, 10);
  EXPECT_LE(uniform, 20);
  EXPECT_TRUE(std::ranges::equal(draw(true, options).bytes(), picture.bytes()));
}

TEST_F(BoundaryPicture, WithoutAPointHeadThereIsNoPanelOfIt) {
  const Image picture = draw(false, {.points = {.count = 40, .boundary_share = 1, .sigma = 1}}, {0, 1});
  EXPECT_EQ(picture.height(), 4 * (kHead + kHeight) + 5 * kGutter);
  bool has_points = false;
  for (std::int64_t y = 0; y < kHeight; ++y)
    for (std::int64_t x = 0; x < kWidth; ++x) has_points |= at(picture, 4, y, x) == kNear;
  EXPECT_TRUE(has_points);
  expect_panel(picture, 6, image_of(1));
}

}  // namespace
}  // namespace seg
