// SPDX-License-Identifier: Apache-2.0
#include "loader/image_stream.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/error.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

class ImageStreamWithWorkers : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, ImageStreamWithWorkers, ::testing::Values(0, 1, 3));

void expect_image(const FakeDataset& dataset, const WholeImage& image, std::size_t index) {
  ASSERT_EQ(image.index(), index);
  ASSERT_EQ(image.image().layout(), dataset.layout_of(index));
  ASSERT_EQ(image.label().height(), image.image().height());
  for (std::int64_t y = 0; y < image.label().height(); ++y) {
    for (std::int64_t x = 0; x < image.label().width(); ++x) {
      ASSERT_EQ(image.label().row(y)[static_cast<std::size_t>(x)], FakeDataset::label_at(index, y, x));
    }
  }
}

TEST_P(ImageStreamWithWorkers, GivesEveryImageInOrder) {
  const FakeDataset dataset({.size = 30, .is_slow = true});
  ImageStream stream(dataset, {.num_workers = GetParam()});
  for (std::size_t i = 0; i < 30; ++i) expect_image(dataset, stream.next().value(), i);
  EXPECT_FALSE(stream.next().has_value());
}

TEST_P(ImageStreamWithWorkers, GivesAPart) {
  const FakeDataset dataset({.size = 10});
  ImageStream middle(dataset, {.first = 4, .count = 3, .num_workers = GetParam()});
  for (std::size_t i = 4; i < 7; ++i) expect_image(dataset, middle.next().value(), i);
  EXPECT_FALSE(middle.next().has_value());
  ImageStream end(dataset, {.first = 9, .count = 5, .num_workers = GetParam()});
  expect_image(dataset, end.next().value(), 9);
  EXPECT_FALSE(end.next().has_value());
  EXPECT_FALSE(ImageStream(dataset, {.first = 50, .num_workers = GetParam()}).next().has_value());
}

TEST(ImageStream, GivesOneImageAlone) {
  const FakeDataset dataset({.size = 10});
  expect_image(dataset, whole_image(dataset, 4), 4);
  EXPECT_THROW((void)whole_image(dataset, 10), std::out_of_range);
}

TEST_P(ImageStreamWithWorkers, SeveralImagesMayBeOnLease) {
  const FakeDataset dataset({.size = 12});
  ImageStream stream(dataset, {.num_workers = GetParam(), .slots = 4});
  for (std::size_t i = 0; i < 12; i += 4) {
    std::vector<WholeImage> held;
    for (std::size_t j = 0; j < 4; ++j) held.push_back(stream.next().value());
    for (std::size_t j = 0; j < 4; ++j) expect_image(dataset, held[j], i + j);
  }
}

TEST_P(ImageStreamWithWorkers, ImageMayOutliveTheStream) {
  const FakeDataset dataset;
  std::optional<WholeImage> image;
  {
    ImageStream stream(dataset, {.num_workers = GetParam()});
    image = stream.next();
  }
  expect_image(dataset, *image, 0);
}

TEST_P(ImageStreamWithWorkers, BadFileIsNamedInItsPlace) {
  const FakeDataset dataset({.size = 9, .bad = {4}, .is_slow = true});
  ImageStream stream(dataset, {.num_workers = GetParam()});
  for (std::size_t i = 0; i < 4; ++i) expect_image(dataset, stream.next().value(), i);
  try {
    (void)stream.next();
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, "image_4.png");
  }
}

}  // namespace
}  // namespace seg
