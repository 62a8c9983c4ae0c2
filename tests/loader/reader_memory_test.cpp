// SPDX-License-Identifier: Apache-2.0
#include "loader/reader_memory.h"

#include <gtest/gtest.h>

#include "config/dataset.h"
#include "image/jpeg_index.h"
#include "tests/dataset/image_folder.h"
#include "tests/image/jpeg_maker.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

constexpr std::int64_t kPixels = 10'000 * 10'000;
constexpr SampleSizes kLarge{.largest = {.height = 10'000, .width = 10'000, .channels = 3}, .file_bytes = 1000};

CropOptions with(const AugmentationOptions& augmentation) {
  CropOptions options;
  options.augmentation = augmentation;
  return options;
}
const CropOptions kCrop = with({.crop_height = 1000, .crop_width = 1000, .scale_low = 0.5});

TEST(SampleSizes, AreThoseOfTheLargestSampleThatWasSeen) {
  const FakeDataset dataset({.size = 300, .height = 40, .width = 60, .bad = {0}});
  const SampleSizes sizes = sizes_of(dataset);
  EXPECT_GT(sizes.largest.size_bytes(), dataset.layout_of(0).size_bytes());
  EXPECT_LE(sizes.largest.size_bytes(), 48 * 68 * 3);
  EXPECT_EQ(sizes.file_bytes, 0);  // there are none
  EXPECT_EQ(sizes_of(FakeDataset({.size = 1, .bad = {0}})).largest.size_bytes(), 0);
}

TEST(SampleSizes, KnowWhatDecodersKeep) {
  const testing::ImageFolder folder;
  const Bytes file = testing::make_jpeg(testing::noise_image(200, 300, 3));
  folder.write("a.jpg", {reinterpret_cast<const char*>(file.data()), file.size()});
  folder.write_image("b.png", {200, 300, 3});
  folder.write_label("c.png", 200, 300, 3);
  const auto sizes_of_list = [&](const std::string& list) {
    folder.write("train.txt", list);
    DatasetConfig config;
    config.im_root = folder.text();
    config.train_im_anns = "train.txt";
    return sizes_of(*open_dataset(config, Split::train));
  };
  const SampleSizes pngs = sizes_of_list("b.png,c.png\nb.png,c.png\n");
  EXPECT_GE(pngs.decoder_bytes, 200 * 301 * 4);  // rows of a label that are inflated at once
  EXPECT_EQ(pngs.index_bytes, 0);
  const SampleSizes jpegs = sizes_of_list("a.jpg,c.png\nb.png,c.png\na.jpg,c.png\n");
  EXPECT_GE(jpegs.decoder_bytes, 200 * 300 * 3 + 32 * 3 * 300);
  EXPECT_LE(jpegs.decoder_bytes, 1 << 20);
  EXPECT_EQ(jpegs.index_bytes, 3 * static_cast<std::int64_t>(JpegIndex::kFileBytes));
}

TEST(ReaderMemory, HasDecodersOfEachWorkerAndOneIndex) {
  SampleSizes sizes = kLarge;
  const std::int64_t training = training_reader_bytes(sizes, kCrop, {.num_workers = 3});
  const std::int64_t evaluation = evaluation_reader_bytes(sizes, {.num_workers = 3, .num_images = 3});
  sizes.decoder_bytes = 70;
  sizes.index_bytes = 5;
  EXPECT_EQ(training_reader_bytes(sizes, kCrop, {.num_workers = 3}), training + 3 * 70 + 5);
  EXPECT_EQ(evaluation_reader_bytes(sizes, {.num_workers = 3, .num_images = 3}), evaluation + 3 * 70);
}

TEST(ReaderMemory, OfTrainingIsThatOfTheWindowsThatCropsNeed) {
  const std::int64_t window = 2003 * 2003 * 4;
  EXPECT_EQ(training_reader_bytes(kLarge, kCrop, {.num_workers = 3}), 3 * (1000 + window));
  EXPECT_EQ(training_reader_bytes(kLarge, kCrop, {.num_workers = 0}), 1000 + window);
  CropOptions turned = kCrop;
  turned.augmentation.rot90 = 0.5;
  EXPECT_EQ(training_reader_bytes(kLarge, turned, {.num_workers = 1}), 1000 + 2 * window);
}

TEST(ReaderMemory, OfTrainingIsThatOfWholeLabelsWhereTheyPlaceTheCrop) {
  CropOptions placed = kCrop;
  placed.augmentation.foreground_crops = 0.5;
  EXPECT_EQ(training_reader_bytes(kLarge, placed, {.num_workers = 1}), 1000 + 2003 * 2003 * 3 + kPixels);
}

TEST(ReaderMemory, HasWhatDistancesOfACropTake) {
  const std::int64_t without = training_reader_bytes(kLarge, kCrop, {.num_workers = 1});
  CropOptions options = kCrop;
  options.distances.in_batch = true;
  const std::int64_t carried = training_reader_bytes(kLarge, options, {.num_workers = 1}) - without;
  EXPECT_GE(carried, 1000 * 1000);  // distances within columns, a byte each
  EXPECT_LE(carried, 2 * 1000 * 1000);
  EXPECT_EQ(training_reader_bytes(kLarge, options, {.num_workers = 3}),
            3 * (training_reader_bytes(kLarge, kCrop, {.num_workers = 1}) + carried));
  options.distances.in_batch = false;
  options.points.count = 2048;  // the map itself is the worker's, too
  EXPECT_EQ(training_reader_bytes(kLarge, options, {.num_workers = 1}), without + carried + 1000 * 1000);
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
