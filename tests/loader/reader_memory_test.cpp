// SPDX-License-Identifier: Apache-2.0
#include "loader/reader_memory.h"

#include <gtest/gtest.h>

#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

constexpr std::int64_t kPixels = 10'000 * 10'000;
constexpr SampleSizes kLarge{.largest = {.height = 10'000, .width = 10'000, .channels = 3}, .file_bytes = 1000};
constexpr AugmentationOptions kCrop{.crop_height = 1000, .crop_width = 1000, .scale_low = 0.5};

TEST(SampleSizes, AreThoseOfTheLargestSampleThatWasSeen) {
  const FakeDataset dataset({.size = 300, .height = 40, .width = 60, .bad = {0}});
  const SampleSizes sizes = sizes_of(dataset);
  EXPECT_GT(sizes.largest.size_bytes(), dataset.layout_of(0).size_bytes());
  EXPECT_LE(sizes.largest.size_bytes(), 48 * 68 * 3);
  EXPECT_EQ(sizes.file_bytes, 0);  // there are none
  EXPECT_EQ(sizes_of(FakeDataset({.size = 1, .bad = {0}})).largest.size_bytes(), 0);
}

TEST(ReaderMemory, OfTrainingIsThatOfTheWindowsThatCropsNeed) {
  const std::int64_t window = 2003 * 2003 * 4;
  EXPECT_EQ(training_reader_bytes(kLarge, kCrop, {.num_workers = 3}), 3 * (1000 + window));
  EXPECT_EQ(training_reader_bytes(kLarge, kCrop, {.num_workers = 0}), 1000 + window);
  AugmentationOptions turned = kCrop;
  turned.rot90 = 0.5;
  EXPECT_EQ(training_reader_bytes(kLarge, turned, {.num_workers = 1}), 1000 + 2 * window);
}

TEST(ReaderMemory, OfTrainingIsThatOfWholeLabelsWhereTheyPlaceTheCrop) {
  AugmentationOptions placed = kCrop;
  placed.foreground_crops = 0.5;
  EXPECT_EQ(training_reader_bytes(kLarge, placed, {.num_workers = 1}), 1000 + 2003 * 2003 * 3 + kPixels);
}

TEST(ReaderMemory, OfWhoFillsACacheIsThatOfWholeImages) {
  EXPECT_EQ(training_reader_bytes(kLarge, kCrop, {.num_workers = 16, .fills_cache = true}), 16 * (1000 + 4 * kPixels));
}

TEST(ReaderMemory, OfEvaluationIsThatOfImagesThatWaitAndOfABatch) {
  const std::int64_t sample = 4 * kPixels;
  EXPECT_EQ(evaluation_reader_bytes(kLarge, {.num_workers = 2, .num_images = 3}), (5 + 3) * sample + 2 * 1000);
  EXPECT_EQ(evaluation_reader_bytes(kLarge, {.num_workers = 2, .fills_cache = true, .num_images = 3}),
            (5 + 3 + 2) * sample + 2 * 1000);
}

}  // namespace
}  // namespace seg
