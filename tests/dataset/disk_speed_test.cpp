// SPDX-License-Identifier: Apache-2.0
#include "dataset/disk_speed.h"

#include <gtest/gtest.h>

#include "config/dataset.h"
#include "tests/dataset/image_folder.h"

namespace seg {
namespace {

using testing::ImageFolder;

TEST(DiskSpeed, IsOfFilesThatComeFromADisk) {
  const ImageFolder folder;
  folder.write_image("image.png", {30, 40, 3, PixelType::u8});
  folder.write_label("label.png", 30, 40);
  folder.write("train.txt", "image.png,label.png\n");
  DatasetConfig config;
  config.im_root = folder.text();
  config.train_im_anns = "train.txt";
  const DiskSpeed speed = measure_disk(*open_dataset(config, Split::train), 2);
  if (speed.num_samples == 0) GTEST_SKIP() << "this file system forgets nothing";
  EXPECT_EQ(speed.num_samples, 1);
  EXPECT_GT(speed.bytes_per_second, 0);
  EXPECT_GT(speed.samples_per_second, 0);
  const auto bytes =
      std::filesystem::file_size(folder / "image.png") + std::filesystem::file_size(folder / "label.png");
  EXPECT_EQ(speed.bytes_of_all, static_cast<std::int64_t>(bytes));
}

TEST(DiskSpeed, OfTheSameFileForManySamplesIsNotKnown) {
  const ImageFolder folder;
  folder.write_image("image.png", {30, 40, 3, PixelType::u8});
  folder.write_label("label.png", 30, 40);
  folder.write("train.txt", "image.png,label.png\nimage.png,label.png\n");
  DatasetConfig config;
  config.im_root = folder.text();
  config.train_im_anns = "train.txt";
  EXPECT_EQ(measure_disk(*open_dataset(config, Split::train), 1).num_samples, 0);
}

TEST(DiskSpeed, OfDrawnImagesIsNotKnown) {
  DatasetConfig config;
  config.dataset = "Synthetic";
  EXPECT_EQ(measure_disk(*open_dataset(config, Split::train), 1).num_samples, 0);
}

}  // namespace
}  // namespace seg
