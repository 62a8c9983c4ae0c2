// SPDX-License-Identifier: Apache-2.0
#include "evaluation/prediction_picture.h"

#include <gtest/gtest.h>

#include "image/color_map.h"
#include "tests/evaluation/tiny_segmenter.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::TinySegmenter;

constexpr std::int64_t kGutter = SheetStyle().gutter;

class PredictionPicture : public ::testing::Test {
 protected:
  Image draw(const std::vector<std::size_t>& images) {
    return prediction_picture(data_, network_.single_scale(), default_palette(20), images);
  }

  // The row of that image.
  void expect_row(const Image& picture, std::size_t index) {
    EncodedSample encoded;
    Image image;
    LabelMap label;
    data_.fetch(index, encoded);
    data_.decode_image(index, encoded, whole(encoded.layout), image);
    data_.decode_label(index, encoded, whole(encoded.layout), label);
    LabelMap prediction(image.height(), image.width());
    std::ranges::copy(network_.classes(image), prediction.values().begin());
    const auto palette = default_palette(20);
    const std::vector<Image> expected = {image, overlay(image, label, palette, {.alpha = 200, .ignore_label = 255}),
                                         overlay(image, prediction, palette, {.alpha = 200})};
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::int64_t left = kGutter + static_cast<std::int64_t>(i) * (40 + kGutter);
      for (std::int64_t y = 0; y < 24; ++y) {
        const auto shown = picture.row<std::uint8_t>(kGutter + y).subspan(static_cast<std::size_t>(3 * left), 120);
        ASSERT_TRUE(std::ranges::equal(shown, expected[i].row<std::uint8_t>(y))) << "picture " << i << ", row " << y;
      }
    }
  }

  TinySegmenter network_{{.num_classes = 20}};
  FakeDataset data_{{.size = 3, .height = 24, .width = 40, .sizes_differ = false}};
};

TEST_F(PredictionPicture, HasARowForEachImage) {
  const Image picture = draw({0, 1});
  EXPECT_EQ(picture.width(), 3 * 40 + 4 * kGutter);
  EXPECT_EQ(picture.height(), 2 * 24 + 3 * kGutter);
}

TEST_F(PredictionPicture, ShowsImageLabelAndPrediction) { expect_row(draw({0}), 0); }

TEST_F(PredictionPicture, ShowsTheImagesInTheOrderAskedFor) { expect_row(draw({2, 0}), 2); }

TEST_F(PredictionPicture, MakesEachOfThemSmaller) {
  const std::vector<std::size_t> images = {0, 1};
  const Image picture = prediction_picture(data_, network_.single_scale(), default_palette(20), images, 20);
  EXPECT_EQ(picture.width(), 3 * 20 + 4 * kGutter);
  EXPECT_EQ(picture.height(), 2 * 12 + 3 * kGutter);
}

TEST_F(PredictionPicture, AnImageThatIsNotThereIsAMistakeOfTheCaller) { EXPECT_THROW(draw({3}), std::out_of_range); }

}  // namespace
}  // namespace seg
